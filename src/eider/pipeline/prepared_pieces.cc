#include "eider/pipeline/prepared_pieces.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/ledger/load_history.h"

namespace eider::pipeline {
namespace {

constexpr std::string_view kAllAgain = "prepare all of its pieces again, or the file whole";

// The one part of the one file that a piece is of.
PreparedPart& PartOf(PreparedRecord& record) {
  return record.files.front()->parts.front();
}

Status CheckAlike(PreparedRecord& one, PreparedRecord& other) {
  const auto fail = [](std::string_view what) {
    return Fail(Code::kConflict, fmt::format("its pieces have {}: {}", what, kAllAgain));
  };
  if (PartOf(one).plan.route != PartOf(other).plan.route) return fail("other routes");
  if (one.rows.empty() || other.rows.empty()) return {};
  if (one.rows.front().table_uuid != other.rows.front().table_uuid) {
    return fail("tables of one name that is another's by now");
  }
  if (!one.rows.front().evolution && !other.rows.front().evolution) return {};
  return Fail(Code::kUnsupported,
              "its rows want another schema of their table, and it was prepared in pieces: prepare "
              "the file whole");
}

// What `other` has comes to `record`, which has rows unless none of them has.
void Join(PreparedRecord& record, PreparedRecord other) {
  PreparedPart& part = PartOf(record);
  PreparedPart& further = PartOf(other);
  part.record.rows += further.record.rows;
  part.record.counts = ledger::Sum(std::vector{part.record.counts, further.record.counts});
  part.rescued.rows += further.rescued.rows;
  for (std::string& column : further.rescued.columns) {
    if (std::ranges::find(part.rescued.columns, column) == part.rescued.columns.end()) {
      part.rescued.columns.push_back(std::move(column));
    }
  }
  if (part.left_out.empty()) part.left_out = std::move(further.left_out);
  if (record.rows.empty() || other.rows.empty()) return;
  std::ranges::move(other.rows.front().data_files,
                    std::back_inserter(record.rows.front().data_files));
  record.rows.front().shares.front().counts = part.record.counts;
}

Result<PreparedRecord> Joined(std::map<int, PreparedRecord> pieces) {
  // What is in is in as a whole.
  auto first =
      std::ranges::find_if(pieces, [](auto& piece) { return PartOf(piece.second).was_in; });
  if (first == pieces.end()) {
    first =
        std::ranges::find_if(pieces, [](const auto& piece) { return !piece.second.rows.empty(); });
  }
  if (first == pieces.end()) first = pieces.begin();
  PreparedRecord whole = std::move(first->second);
  pieces.erase(first);
  whole.piece.reset();
  whole.is_unclaimed = true;
  if (PartOf(whole).was_in) return whole;
  for (auto& [number, piece] : pieces) {
    EIDER_CHECK(CheckAlike(whole, piece));
    Join(whole, std::move(piece));
  }
  return whole;
}

}  // namespace

Result<std::optional<PreparedRecord>> PreparedPieces::Add(PreparedRecord record) {
  const FileRef file = record.files.front()->file.claim.file;
  const std::string identity = IdentityOf(file);
  if (whole_.contains(identity)) return std::nullopt;
  const engine::Piece piece = *record.piece;
  Pieces& pieces = files_[{identity, piece.of}];
  pieces.try_emplace(piece.number, std::move(record));
  if (static_cast<int>(pieces.size()) < piece.of) return std::nullopt;
  whole_.insert(identity);
  Pieces all = std::move(pieces);
  std::erase_if(files_, [&](const auto& one) { return one.first.first == identity; });
  auto whole = Joined(std::move(all));
  if (!whole) return Fail(file.uri.ToString(), std::move(whole).error());
  return *std::move(whole);
}

std::vector<PreparedPieces::Lacking> PreparedPieces::Incomplete() const {
  std::vector<Lacking> lacking;
  for (const auto& [key, pieces] : files_) {
    Lacking& one = lacking.emplace_back();
    one.file = pieces.begin()->second.files.front()->file.claim.file;
    one.of = key.second;
    for (int number = 1; number <= one.of; ++number) {
      if (!pieces.contains(number)) one.missing.push_back(number);
    }
  }
  return lacking;
}

}  // namespace eider::pipeline
