// The parts of a file that goes to several tables, as the one text that a ledger row keeps.
//
// A JSON array of objects without white space; its fields carry the names of the row's columns:
//   [{"commit_token":"…","is_loaded":true,"route":"orders","route_version":3,"rows":9,
//     "snapshot_id":77,"sql_hash":"…","target_table":"bronze.orders","values":["orders",null]}]
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/ledger/load_history.h"

namespace eider::ledger {

// Of the text of one file's parts: an item of DynamoDB holds 400 KB, and the row has other fields.
inline constexpr std::size_t kPartsBytesMax = 340'000;

// Empty when there are no parts.
std::string PartsText(std::span<const PartRecord> parts);

// Errors: kCorrupt with the place: "parts[2].rows".
Result<std::vector<PartRecord>> ParseParts(std::string_view text);

// The same of the array.
Result<std::vector<PartRecord>> ReadParts(const codec::Json& array);

// Whether a ledger takes these parts of the file, counted as if they were LOADED: so what may be
// planned can be recorded to its end. Errors: kInvalid.
Status CheckParts(const FileRef& file, std::span<const PartRecord> parts);

// What stands in PartsText exactly when a part goes to this table.
std::string TargetTableText(std::string_view target_table);
std::string RouteText(std::string_view route);

}  // namespace eider::ledger
