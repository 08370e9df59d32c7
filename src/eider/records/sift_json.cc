// The members of each object, by nlohmann's parser, which keeps the letters of its numbers.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"
#include "eider/codec/utf8.h"
#include "eider/records/json_file.h"
#include "eider/records/sift.h"
#include "eider/records/sift_rules.h"

namespace eider::records {
namespace {

constexpr std::size_t kKeptBytes = 1U << 20U;  // handed on at once

// The scalar members of one object as texts, null ones without. Stops at what is no JSON.
class Members final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Members(int depth_max) : depth_max_(depth_max) {}

  const std::map<std::string, std::optional<std::string>, std::less<>>& texts() const {
    return texts_;
  }

  bool is_object() const { return is_object_; }

  bool null() override { return Add(std::nullopt); }

  bool boolean(bool value) override { return Add(value ? "true" : "false"); }

  bool number_integer(number_integer_t value) override { return Add(std::to_string(value)); }

  bool number_unsigned(number_unsigned_t value) override { return Add(std::to_string(value)); }

  bool number_float(number_float_t /*value*/, const string_t& text) override { return Add(text); }

  bool string(string_t& value) override { return Add(std::move(value)); }

  bool binary(binary_t& /*value*/) override { return false; }

  bool start_object(std::size_t /*elements*/) override {
    if (depth_ == 0) is_object_ = true;
    return ++depth_ <= depth_max_;
  }

  bool key(string_t& value) override {
    if (depth_ == 1) key_ = std::move(value);
    return true;
  }

  bool end_object() override {
    --depth_;
    return true;
  }

  bool start_array(std::size_t /*elements*/) override { return ++depth_ <= depth_max_; }

  bool end_array() override {
    --depth_;
    return true;
  }

  bool parse_error(std::size_t /*position*/, const std::string& /*last_token*/,
                   const nlohmann::json::exception& /*error*/) override {
    return false;
  }

 private:
  bool Add(std::optional<std::string> text) {
    if (depth_ == 1 && is_object_) texts_.insert_or_assign(key_, std::move(text));
    return true;
  }

  int depth_max_;
  int depth_ = 0;
  bool is_object_ = false;
  std::string key_;
  std::map<std::string, std::optional<std::string>, std::less<>> texts_;
};

std::string_view WithoutSpaces(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
}

class JsonSift {
 public:
  JsonSift(const JsonQuestion& question, std::span<const ColumnRule> rules,
           const SiftTakers& takers)
      : question_(question), rules_(rules), takers_(takers) {}

  // One value a line.
  Status Line(std::string_view line, std::string_view line_end) {
    ++line_;
    if (WithoutSpaces(line).empty()) return Keep(line, line_end);
    if (auto rejected = Look(WithoutSpaces(line))) {
      EIDER_CHECK(Reject(*std::move(rejected), line_));
      return Keep(line_end);
    }
    ++kept_;
    return Keep(line, line_end);
  }

  Status LongLine(std::string_view beginning, std::string_view line_end) {
    ++line_;
    EIDER_CHECK(Reject(Unreadable("is longer than a value may be", beginning), line_));
    return Keep(line_end);
  }

  // The values of an array, or such that stand one behind the other.
  Status Value(std::uint64_t line, std::string_view value) {
    if (auto rejected = Look(value)) return Reject(*std::move(rejected), line);
    const bool is_array = question_.format == JsonFormat::kArray;
    EIDER_CHECK(Keep(kept_ == 0 ? (is_array ? "[\n" : "") : (is_array ? ",\n" : "\n")));
    ++kept_;
    return Keep(value);
  }

  Result<Kept> Finish() {
    if (question_.format == JsonFormat::kArray) EIDER_CHECK(Keep(kept_ == 0 ? "[]\n" : "]\n"));
    EIDER_CHECK(takers_.keep(kept_text_));
    return kept_;
  }

 private:
  std::optional<RejectedRecord> Look(std::string_view value) const {
    Members members(question_.depth_max);
    const bool is_json = nlohmann::json::sax_parse(value, &members);
    if (!is_json) return Unreadable("is not JSON", value);
    if (!members.is_object()) return Unreadable("is no object", value);
    for (const ColumnRule& rule : rules_) {
      const auto found = members.texts().find(rule.column);
      const bool has_value = found != members.texts().end() && found->second;
      auto broken = Break(
          rule, has_value ? std::optional<std::string_view>(*found->second) : std::nullopt, value);
      if (broken) return broken;
    }
    return std::nullopt;
  }

  Status Reject(RejectedRecord rejected, std::uint64_t line) const {
    rejected.line = line;
    return takers_.reject(std::move(rejected));
  }

  Status Keep(std::string_view text, std::string_view more = {}) {
    kept_text_.append(text);
    kept_text_.append(more);
    if (kept_text_.size() < kKeptBytes) return {};
    EIDER_CHECK(takers_.keep(kept_text_));
    kept_text_.clear();
    return {};
  }

  const JsonQuestion& question_;
  std::span<const ColumnRule> rules_;
  const SiftTakers& takers_;
  std::uint64_t line_ = 0;
  std::string kept_text_;
  Kept kept_ = 0;
};

// Calls the sift for each line; of one that is too long only its beginning is kept.
Status FeedLines(const Pieces& pieces, std::size_t bytes_max, JsonSift& sift) {
  std::string line;
  bool is_long = false;
  bool is_beginning = true;
  Status status;
  const auto end_line = [&](std::string_view line_end) {
    if (std::exchange(is_beginning, false) && line.starts_with(codec::kByteOrderMark)) {
      line.erase(0, codec::kByteOrderMark.size());
    }
    status = is_long ? sift.LongLine(line, line_end) : sift.Line(line, line_end);
    is_long = false;
    line.clear();
  };
  EIDER_CHECK(pieces([&](std::string_view piece) {
    while (status && !piece.empty()) {
      const std::size_t end = piece.find('\n');
      const std::string_view part = piece.substr(0, end);
      if (!is_long) line.append(part);
      if (line.size() > bytes_max) {
        is_long = true;
        line.resize(codec::Beginning(line, kRejectedTextMax).size());
      }
      piece.remove_prefix(part.size());
      if (end == std::string_view::npos) break;
      piece.remove_prefix(1);
      end_line("\n");
    }
    return status.has_value();
  }));
  if (status && !line.empty()) end_line("");
  return status;
}

}  // namespace

Result<bool> BeginsWithObjectLine(const Pieces& pieces, const JsonQuestion& question) {
  std::string line;
  EIDER_CHECK(pieces([&](std::string_view piece) {
    line.append(piece);
    const std::size_t begin = line.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
    const bool has_end = begin != std::string::npos && line.find('\n', begin) != std::string::npos;
    return !has_end && line.size() <= question.value_bytes_max;
  }));
  const std::size_t begin = std::min(line.find_first_not_of(" \t\r\n\xEF\xBB\xBF"), line.size());
  const std::string_view first = std::string_view(line).substr(begin);
  Members members(question.depth_max);
  return nlohmann::json::sax_parse(first.substr(0, first.find('\n')), &members) &&
         members.is_object();
}

Result<Kept> SiftJson(const Pieces& pieces, const JsonQuestion& question,
                      std::span<const ColumnRule> rules, const SiftTakers& takers) {
  JsonSift sift(question, rules, takers);
  if (question.format == JsonFormat::kLines) {
    EIDER_CHECK(FeedLines(pieces, question.value_bytes_max, sift));
    return sift.Finish();
  }
  Status status;
  EIDER_CHECK(VisitJson(pieces, question, [&](std::uint64_t line, std::string_view value) {
    status = sift.Value(line, value);
    return status.has_value();
  }));
  EIDER_CHECK(status);
  return sift.Finish();
}

}  // namespace eider::records
