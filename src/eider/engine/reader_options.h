// Options of reader calls as values, and what they mean for who decides the rest.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <duckdb/common/types/value.hpp>
#include <duckdb/parser/tableref.hpp>

#include "eider/base/result.h"
#include "eider/engine/reader_call.h"

namespace eider::engine {

// Whether the call asks for looser reading: comment, null_padding, ignore_errors, ….
bool IsLoose(const ReaderCall& call);

// Whether it decides types in a way of its own, such as dateformat: DuckDB has to look at the
// values.
bool DecidesTypes(const ReaderCall& call);

// The first of these options that is given, as text; nothing when none is.
std::optional<std::string> OptionText(const ReaderCall& call,
                                      std::initializer_list<std::string_view> options);

std::optional<bool> OptionBool(const ReaderCall& call, std::string_view option);

// The texts of a list; empty for other values.
std::vector<std::string> TextsOf(const duckdb::Value* list);

// The names of a struct, as `columns` has them; empty for other values.
std::vector<std::string> NamesOfColumns(const duckdb::Value& columns);

// What holds for files that are not looked at one by one: nothing is passed over in silence, and
// the whole of them decides.
void DecideForMany(ReaderCall& call);

// DuckDB's reader of CSV takes buffers of 32 MB, however small the file and the memory. With little
// memory it gets smaller ones, of which some fit side by side. (The buffers of JSON are not less.)
void SpareMemory(duckdb::ClientContext& context, ReaderCall& call);

// The reader of a path alone, by what its name ends with; nothing where that tells none.
std::optional<std::string> ReaderOfName(std::string_view path);

// Makes FROM 'uri' a call of the reader that the end of its name tells. Errors: kInvalid (none).
Status NameReader(duckdb::unique_ptr<duckdb::TableRef>& place);

}  // namespace eider::engine
