// Views of good records in temporary files.
#include "eider/engine/rejects.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/escaped_text.h"
#include "eider/codec/json.h"
#include "eider/codec/shortened_text.h"
#include "eider/codec/utf8.h"
#include "eider/engine/file_text.h"

namespace eider::engine {
namespace {

// A text of DuckDB is UTF-8; what is none, and a NUL, is escaped (codec/escaped_text.h).
codec::Json TextOf(const std::string& bytes) {
  const bool is_text = codec::IsUtf8(bytes) && bytes.find('\0') == std::string::npos;
  return is_text ? bytes : codec::EscapeText(bytes);
}

std::string JsonLineOf(const records::RejectedRecord& rejected) {
  const codec::Json json = {
      {"line", rejected.line == 0 ? codec::Json(nullptr) : codec::Json(rejected.line)},
      {"column", rejected.column.empty() ? codec::Json(nullptr) : TextOf(rejected.column)},
      {"value", rejected.value ? TextOf(*rejected.value) : codec::Json(nullptr)},
      {"reason", TextOf(rejected.reason)},
      {"record", TextOf(rejected.record)}};
  return json.dump() + "\n";
}

}  // namespace

template <typename Sift>
Result<records::Kept> Rejects::Replace(QueryGrants& grants, const std::string& path,
                                       const Sift& sift) {
  EIDER_ASSIGN(const store::ObjectReader* const original, grants.OpenInput(path));
  EIDER_ASSIGN(const auto view, TextFile::Make(original->info(), temp_directory_));
  const store::ObjectInfo info = original->info();
  const std::uint64_t before = count_;
  const records::SiftTakers takers{
      .keep = [&](std::string_view text) { return view->Write(text); },
      .reject = [&](records::RejectedRecord rejected) { return Add(std::move(rejected), info); }};
  EIDER_ASSIGN(const records::Kept kept, sift(takers));
  if (count_ > before) EIDER_CHECK(grants.Replace(path, view));
  return kept;
}

Result<records::Kept> Rejects::SiftCsv(QueryGrants& grants, const std::string& path,
                                       const records::CsvFile& file, const std::string& null_text,
                                       std::span<const records::ColumnRule> rules) {
  return Replace(grants, path, [&](const records::SiftTakers& takers) {
    return records::SiftCsv(PiecesOf(grants, path), file, null_text, rules, takers);
  });
}

Result<records::Kept> Rejects::SiftJson(QueryGrants& grants, const std::string& path,
                                        const records::JsonQuestion& question,
                                        std::span<const records::ColumnRule> rules) {
  return Replace(grants, path, [&](const records::SiftTakers& takers) {
    return records::SiftJson(PiecesOf(grants, path), question, rules, takers);
  });
}

Status Rejects::Take(QueryGrants& grants, const std::string& path,
                     records::RejectedRecord rejected) {
  EIDER_ASSIGN(const store::ObjectReader* const file, grants.OpenInput(path));
  return Add(std::move(rejected), file->info());
}

Status Rejects::Add(records::RejectedRecord rejected, const store::ObjectInfo& of_file) {
  ++count_;
  if (keeps_records_) {
    if (records_ == nullptr) {
      EIDER_ASSIGN(records_, TextFile::Make(of_file, temp_directory_));
    }
    EIDER_CHECK(records_->Write(JsonLineOf(rejected)));
  }
  if (!first_) first_ = std::move(rejected);
  return {};
}

Status Rejects::CheckLimit(std::uint64_t all, const std::string& path) const {
  if (!limit_.IsBeyond(count_, all)) return {};
  return std::unexpected(
      WithFirst(fmt::format("{} of {} rows are bad, which is more than the route's reject_max of "
                            "{}; the first is",
                            count_, all, records::ToText(limit_)),
                path));
}

Error Rejects::NothingLeft(const std::string& path) const {
  return WithFirst("no row is left that a table could be made of; the first bad one is", path);
}

Error Rejects::WithFirst(const std::string& what, const std::string& path) const {
  has_failed_ = true;
  const std::string column =
      first_->column.empty() ? "" : fmt::format("column {} ", codec::ShortName(first_->column));
  const std::string line = first_->line == 0 ? "" : fmt::format("line {}: ", first_->line);
  const std::string& shown = first_->value ? *first_->value : first_->record;
  return {Code::kInvalid,
          fmt::format("{} {}{}{}: {}; file {}", what, line, column, first_->reason,
                      codec::ShortName(shown), path),
          {.line = first_->line, .column = first_->column, .value = first_->value}};
}

}  // namespace eider::engine
