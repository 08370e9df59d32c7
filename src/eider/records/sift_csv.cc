// A scan that begins anew behind each line that it cannot read.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"
#include "eider/codec/utf8.h"
#include "eider/records/csv_file.h"
#include "eider/records/csv_records.h"
#include "eider/records/sift.h"
#include "eider/records/sift_rules.h"

namespace eider::records {
namespace {

// What is scanned at once: behind a line that does not read, the rest of it is scanned again.
constexpr std::size_t kSliceBytes = 64U << 10U;

constexpr std::size_t kKeptBytes = 1U << 20U;  // handed on at once

std::size_t LineEndAt(std::string_view text, std::size_t at) {
  if (text.substr(at).starts_with("\r\n")) return 2;
  return at < text.size() ? 1 : 0;
}

class CsvSift {
 public:
  CsvSift(const CsvFile& file, const std::string& null_text, std::span<const ColumnRule> rules,
          const SiftTakers& takers)
      : file_(file),
        null_text_(null_text),
        rules_(rules),
        takers_(takers),
        skip_left_(file.skip_lines),
        is_header_(file.has_header) {
    records_.emplace(file.dialect, true);
  }

  Status Feed(std::string_view piece) {
    while (skip_left_ > 0 && !piece.empty()) {
      const std::size_t end = piece.find('\n');
      const std::size_t bytes = end == std::string_view::npos ? piece.size() : end + 1;
      kept_text_.append(piece.substr(0, bytes));
      piece.remove_prefix(bytes);
      if (end == std::string_view::npos) continue;
      --skip_left_;
      ++lines_before_;
    }
    while (!piece.empty()) {
      EIDER_CHECK(Scan(piece.substr(0, kSliceBytes)));
      piece.remove_prefix(std::min(kSliceBytes, piece.size()));
    }
    return {};
  }

  Result<Kept> Finish() {
    while (true) {
      if (in_long_line_) break;
      const bool has_ended =
          records_->Finish([&](const CsvRecord& record) { return Take(record); });
      EIDER_CHECK(status_);
      if (has_ended || !fault_) break;
      EIDER_CHECK(BeginAnew());
    }
    if (mixed_end_line_ == 0) NoteMixedEnds();
    if (mixed_end_line_ != 0) {
      return FailAt(mixed_end_line_, Code::kCorrupt,
                    fmt::format("line {} ends otherwise than the lines before: line ends must be "
                                "all LF, all CRLF or all CR",
                                mixed_end_line_));
    }
    EIDER_CHECK(takers_.keep(kept_text_));
    return kept_;
  }

 private:
  bool has_one_column() const { return file_.names.size() <= 1; }

  // The scan takes bytes until one of them makes a record unreadable; then the line where that
  // begins is put aside, and what follows it is scanned anew.
  Status Scan(std::string_view slice) {
    if (in_long_line_) {
      const std::size_t end = slice.find_first_of("\r\n");
      if (end == std::string_view::npos) return {};
      in_long_line_ = false;
      const std::size_t bytes = LineEndAt(slice, end);
      EndRejectedLine(slice.substr(end, bytes), 1);
      slice.remove_prefix(end + bytes);
      records_.emplace(file_.dialect, false);
    }
    window_.append(slice);
    records_->Feed(slice, [&](const CsvRecord& record) { return Take(record); });
    EIDER_CHECK(status_);
    while (fault_) EIDER_CHECK(BeginAnew());
    window_.erase(0, at_);
    at_ = 0;
    return kept_text_.size() < kKeptBytes ? Status() : Hand();
  }

  Status Hand() {
    EIDER_CHECK(takers_.keep(kept_text_));
    kept_text_.clear();
    return {};
  }

  // False ends the scan: at a record that does not read, or at an error of a taker.
  bool Take(const CsvRecord& record) {
    if (record.fault != CsvFault::kNone) {
      fault_ = record.fault;
      fault_line_ = lines_before_ + record.line;
      return false;
    }
    SkipByteOrderMark();
    const std::size_t text_end = at_ + record.text.size();
    const std::size_t end = text_end + LineEndAt(window_, text_end);
    auto rejected = Look(record);
    if (!rejected) {
      kept_text_.append(window_, at_, end - at_);
    } else {
      rejected->line = lines_before_ + record.line;
      status_ = takers_.reject(*std::move(rejected));
      const auto breaks = static_cast<std::size_t>(std::ranges::count(record.text, '\n'));
      EndRejectedLine(std::string_view(window_).substr(text_end, end - text_end), breaks + 1);
    }
    at_ = end;
    return status_.has_value();
  }

  std::optional<RejectedRecord> Look(const CsvRecord& record) {
    const std::size_t columns = file_.names.size();
    if (record.IsBlank() && (columns != 1 || is_header_)) return std::nullopt;
    if (record.fields.size() != columns) {
      return Unreadable(CountText(record.fields.size(), columns, file_.dialect), record.text);
    }
    if (std::exchange(is_header_, false)) return std::nullopt;
    if (!codec::IsUtf8(record.text)) return Unreadable("is not UTF-8", record.text);
    for (const ColumnRule& rule : rules_) {
      const CsvField& field = record.fields[rule.index];
      const bool is_null = field.raw.empty() || field.raw == null_text_;
      const std::string text = field.has_escape ? FieldText(field, file_.dialect) : "";
      const std::string_view value = field.has_escape ? std::string_view(text) : field.raw;
      auto broken = Break(rule, is_null ? std::nullopt : std::optional(value), record.text);
      if (broken) return broken;
    }
    ++kept_;
    return std::nullopt;
  }

  void SkipByteOrderMark() {
    if (!std::exchange(is_beginning_, false)) return;
    if (!window_.starts_with(codec::kByteOrderMark)) return;
    kept_text_.append(codec::kByteOrderMark);
    at_ = codec::kByteOrderMark.size();
  }

  // Puts the line aside that the scan could not read, and scans what of the window is behind it.
  Status BeginAnew() {
    SkipByteOrderMark();
    const std::string_view rest = std::string_view(window_).substr(at_);
    const std::size_t text_end = std::min(rest.find_first_of("\r\n"), rest.size());
    const std::string_view line = rest.substr(0, text_end);
    const std::string_view line_end = rest.substr(text_end, LineEndAt(rest, text_end));
    const std::string reason = FaultText(*std::exchange(fault_, std::nullopt), file_.dialect.quote);
    if (is_header_ || has_one_column()) {
      return FailAt(fault_line_, Code::kCorrupt, fmt::format("line {}: {}", fault_line_, reason));
    }
    // A line that goes on is known to its beginning alone.
    RejectedRecord rejected =
        Unreadable(reason, line_end.empty() ? codec::Beginning(line, kRejectedTextMax) : line);
    rejected.line = fault_line_;
    EIDER_CHECK(takers_.reject(std::move(rejected)));
    NoteMixedEnds();
    lines_before_ = fault_line_;
    in_long_line_ = line_end.empty();
    at_ += line.size() + line_end.size();
    records_.emplace(file_.dialect, false);
    if (in_long_line_) return {};
    EndRejectedLine(line_end, 1);
    const std::string again = window_.substr(at_);
    records_->Feed(again, [&](const CsvRecord& record) { return Take(record); });
    return status_;
  }

  // Empty lines in the place of one that was put aside.
  void EndRejectedLine(std::string_view line_end, std::size_t lines) {
    if (has_one_column()) return;
    for (std::size_t i = 0; i < lines; ++i) kept_text_.append(line_end);
  }

  void NoteMixedEnds() {
    const std::uint64_t line = records_->MixedEndLine();
    if (line != 0 && mixed_end_line_ == 0) mixed_end_line_ = lines_before_ + line;
  }

  const CsvFile& file_;
  const std::string& null_text_;
  std::span<const ColumnRule> rules_;
  const SiftTakers& takers_;
  std::uint64_t skip_left_;
  bool is_header_;
  bool is_beginning_ = true;
  std::optional<CsvRecords> records_;
  std::string window_;              // from the beginning of the record that is not done
  std::size_t at_ = 0;              // where that record begins
  std::uint64_t lines_before_ = 0;  // the first one that the scan counts
  std::optional<CsvFault> fault_;   // that ended the scan
  std::uint64_t fault_line_ = 0;    // where its record begins
  bool in_long_line_ = false;       // put aside already, its end is still to come
  std::uint64_t mixed_end_line_ = 0;
  std::string kept_text_;
  Kept kept_ = 0;
  Status status_;
};

}  // namespace

Result<Kept> SiftCsv(const Pieces& pieces, const CsvFile& file, const std::string& null_text,
                     std::span<const ColumnRule> rules, const SiftTakers& takers) {
  CsvSift sift(file, null_text, rules, takers);
  Status status;
  EIDER_CHECK(pieces([&](std::string_view piece) {
    status = sift.Feed(piece);
    return status.has_value();
  }));
  EIDER_CHECK(status);
  return sift.Finish();
}

}  // namespace eider::records
