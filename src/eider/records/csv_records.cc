// First the places of the letters that matter, eight bytes at a time; then a walk over these.
#include "eider/records/csv_records.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/codec/utf8.h"
#include "eider/records/byte_word.h"

namespace eider::records {

std::string FieldText(const CsvField& field, const CsvDialect& dialect) {
  if (!field.has_escape) return std::string(field.raw);
  std::string text;
  for (std::size_t i = 0; i < field.raw.size(); ++i) {
    const bool escapes = field.raw[i] == dialect.escape && i + 1 < field.raw.size();
    if (escapes) ++i;
    text += field.raw[i];
  }
  return text;
}

std::string FaultText(CsvFault fault, char quote) {
  switch (fault) {
    case CsvFault::kTextAfterQuote:
      return fmt::format("text stands behind a closing quote ({})", quote);
    case CsvFault::kQuoteNotClosed:
      return fmt::format("a quote ({}) is not closed", quote);
    default:
      return fmt::format("is longer than {} bytes", kRecordBytesMax);
  }
}

void CsvRecords::Index(std::size_t from, std::size_t to) {
  const bool quotes = dialect_.quote != '\0';
  const char quote = quotes ? dialect_.quote : dialect_.delimiter;
  const char escape = quotes && dialect_.escape != '\0' ? dialect_.escape : quote;
  const char* const data = buffer_.data();
  const auto add = [&](std::uint64_t found, std::size_t begin) {
    for (; found != 0; found &= found - 1) {
      places_.push_back(static_cast<std::uint32_t>(begin + FirstByte(found)));
    }
  };
  const ByteBlock none{};
  const ByteBlock delimiters = none + static_cast<unsigned char>(dialect_.delimiter);
  const ByteBlock quote_marks = none + static_cast<unsigned char>(quote);
  const ByteBlock escapes = none + static_cast<unsigned char>(escape);
  std::size_t at = from;
  for (; at + sizeof(ByteBlock) <= to; at += sizeof(ByteBlock)) {
    const ByteBlock block = LoadBlock(data + at);
    const auto found = (block == delimiters) | (block == '\n') | (block == '\r') |
                       (block == quote_marks) | (block == escapes);
    add(WordOf(found, 0), at);
    add(WordOf(found, 1), at + kWordBytes);
  }
  for (; at < to; ++at) {
    const char c = data[at];
    if (c == dialect_.delimiter || c == '\n' || c == '\r' || c == quote || c == escape) {
      places_.push_back(static_cast<std::uint32_t>(at));
    }
  }
}

bool CsvRecords::Feed(std::string_view bytes, const OnRecord& on_record) {
  // A piece at a time, so that places fit their type whatever the caller has.
  constexpr std::size_t kPieceBytes = 1U << 20U;
  while (!has_ended_ && !bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kPieceBytes);
    bytes.remove_prefix(piece.size());
    Take(piece);
    if (!has_begun_ && buffer_.size() < codec::kByteOrderMark.size()) continue;
    if (!has_begun_ && buffer_.starts_with(codec::kByteOrderMark)) {
      buffer_.erase(0, codec::kByteOrderMark.size());
      dropped_ = codec::kByteOrderMark.size();
    }
    has_begun_ = true;
    // The last byte waits: what it means may be told by the next one.
    const std::size_t to = buffer_.empty() ? 0 : buffer_.size() - 1;
    if (to <= indexed_) continue;
    Index(indexed_, to);
    indexed_ = to;
    if (!Walk(on_record)) return false;
    if (buffer_.size() - record_begin_ > kRecordBytesMax) {
      return Fault(state_ == State::kQuoted ? CsvFault::kQuoteNotClosed : CsvFault::kTooLong,
                   buffer_.size(), on_record);
    }
  }
  return !has_ended_;
}

bool CsvRecords::Finish(const OnRecord& on_record) {
  if (has_ended_) return false;
  if (!has_begun_ && buffer_.starts_with(codec::kByteOrderMark)) buffer_.clear();
  Index(indexed_, buffer_.size());
  indexed_ = buffer_.size();
  if (!Walk(on_record)) return false;
  if (state_ == State::kQuoted) {
    return Fault(CsvFault::kQuoteNotClosed, buffer_.size(), on_record);
  }
  const bool has_more = record_begin_ < buffer_.size();
  if (has_more && !EndRecord(buffer_.size(), on_record)) return false;
  has_ended_ = true;
  return true;
}

bool CsvRecords::Walk(const OnRecord& on_record) {
  std::size_t skip_to = 0;
  for (const std::uint32_t place : places_) {
    if (place < skip_to) continue;
    if (!Step(place, skip_to, on_record)) {
      has_ended_ = true;
      return false;
    }
  }
  places_.clear();
  indexed_ = std::max(indexed_, skip_to);
  return true;
}

bool CsvRecords::Step(std::size_t at, std::size_t& skip_to, const OnRecord& on_record) {
  if (state_ == State::kQuoted) {
    StepQuoted(at, skip_to);
    return true;
  }
  const char c = buffer_[at];
  if (c == dialect_.delimiter) {
    if (state_ == State::kAfterQuote && !OnlyBlanks(quote_end_, at)) {
      return Fault(CsvFault::kTextAfterQuote, at, on_record);
    }
    EndField(at);
    return true;
  }
  if (c == '\n' || c == '\r') return EndLine(at, skip_to, on_record);
  if (state_ == State::kAfterQuote) return Fault(CsvFault::kTextAfterQuote, at, on_record);
  if (c == dialect_.quote && OnlyBlanks(field_begin_, at)) {
    state_ = State::kQuoted;
    field_begin_ = at + 1;
  }
  return true;
}

void CsvRecords::StepQuoted(std::size_t at, std::size_t& skip_to) {
  const char c = buffer_[at];
  const char next = at + 1 < buffer_.size() ? buffer_[at + 1] : '\0';
  const bool escapes_next = c == dialect_.escape && at + 1 < buffer_.size() &&
                            (next == dialect_.quote || next == dialect_.escape);
  if (escapes_next) {
    has_escape_ = true;
    skip_to = at + 2;
  } else if (c == dialect_.quote) {
    state_ = State::kAfterQuote;
    quote_end_ = at + 1;
  } else if (c == '\n' || c == '\r') {
    has_quoted_end_first_ |= line_end_ == LineEnd::kNone;
    line_ += c == '\n' || next != '\n' ? 1 : 0;
  }
}

bool CsvRecords::OnlyBlanks(std::size_t from, std::size_t to) const {
  return std::all_of(buffer_.begin() + static_cast<std::ptrdiff_t>(from),
                     buffer_.begin() + static_cast<std::ptrdiff_t>(to),
                     [](char c) { return c == ' '; });
}

void CsvRecords::EndField(std::size_t at) {
  const bool is_quoted = state_ == State::kAfterQuote;
  const std::size_t end = is_quoted ? quote_end_ - 1 : at;
  if (field_count_ == fields_.size()) fields_.resize(2 * field_count_ + 1);
  fields_[field_count_++] = {
      {buffer_.data() + field_begin_, end - field_begin_}, is_quoted, has_escape_};
  field_begin_ = at + 1;
  has_escape_ = false;
  state_ = State::kField;
}

bool CsvRecords::EndLine(std::size_t at, std::size_t& skip_to, const OnRecord& on_record) {
  LineEnd end = LineEnd::kLf;
  if (buffer_[at] == '\r') {
    const bool is_pair = at + 1 < buffer_.size() && buffer_[at + 1] == '\n';
    end = is_pair ? LineEnd::kCrLf : LineEnd::kCr;
  }
  if (line_end_ == LineEnd::kNone) line_end_ = end;
  if (line_end_ != end && mixed_end_line_ == 0) mixed_end_line_ = line_;
  if (!EndRecord(at, on_record)) return false;
  skip_to = at + (end == LineEnd::kCrLf ? 2 : 1);
  ++line_;
  record_line_ = line_;
  record_begin_ = skip_to;
  field_begin_ = skip_to;
  return true;
}

bool CsvRecords::EndRecord(std::size_t at, const OnRecord& on_record) {
  if (state_ == State::kAfterQuote && !OnlyBlanks(quote_end_, at)) {
    return Fault(CsvFault::kTextAfterQuote, at, on_record);
  }
  EndField(at);
  return Emit(CsvFault::kNone, at, on_record);
}

bool CsvRecords::Fault(CsvFault fault, std::size_t end, const OnRecord& on_record) {
  has_ended_ = true;
  Emit(fault, end, on_record);
  return false;
}

bool CsvRecords::Emit(CsvFault fault, std::size_t end, const OnRecord& on_record) {
  const std::string_view all = buffer_;
  const std::span<const CsvField> fields(fields_.data(), std::exchange(field_count_, 0));
  return on_record({record_line_, dropped_ + record_begin_,
                    all.substr(record_begin_, end - record_begin_), fields, fault});
}

// In place of the records that are done. What is known of the last one moves along.
void CsvRecords::Take(std::string_view bytes) {
  std::vector<std::size_t> begins;
  begins.reserve(field_count_);
  for (std::size_t i = 0; i < field_count_; ++i) {
    begins.push_back(static_cast<std::size_t>(fields_[i].raw.data() - buffer_.data()));
  }
  buffer_.erase(0, record_begin_).append(bytes);
  for (std::size_t i = 0; i < field_count_; ++i) {
    const char* const begin = buffer_.data() + (begins[i] - record_begin_);
    fields_[i].raw = {begin, fields_[i].raw.size()};
  }
  dropped_ += record_begin_;
  indexed_ -= record_begin_;
  field_begin_ -= record_begin_;
  quote_end_ -= std::min(quote_end_, record_begin_);
  record_begin_ = 0;
}

}  // namespace eider::records
