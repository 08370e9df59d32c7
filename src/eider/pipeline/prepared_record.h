// Prepared files as the text of one object: what `eider prepare` leaves and `eider commit` adds.
//
// JSON with a version (docs/formats.md, "Prepared records"). Bytes that are no text are in Base64.
// A checksum over the content tells a record that was cut or changed from one that is whole.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/engine/query.h"
#include "eider/pipeline/file_tally.h"
#include "eider/pipeline/load_append.h"

namespace eider::pipeline {

// One file, or those whose rows share data files.
struct PreparedRecord {
  std::string program;  // that read the files, as LoadOptions::program
  TimePoint prepared_at{};
  // shared: as RowsShare::file. Of their claims a record keeps the file and the commit token.
  std::vector<std::shared_ptr<FileTally>> files;
  std::vector<WaitingRows> rows;            // of these files; none stands behind others
  std::optional<engine::Piece> piece = {};  // that it has of its one file; nothing: it has all
  // Its file was claimed by nobody: its rows get the token of whoever commits them.
  bool is_unclaimed = false;
};

// Why its files are HELD in the ledger.
std::string PreparedReason(std::string_view name);

std::string PreparedText(const PreparedRecord& record);

// `name`: what messages call the record. Errors: kCorrupt (it is cut or was changed, or is none),
// kUnsupported (of a newer version).
Result<PreparedRecord> ParsePrepared(std::string_view text, const std::string& name);

}  // namespace eider::pipeline
