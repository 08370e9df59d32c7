// The way from value to value, and many lines side by side.
#include "eider/records/json_file.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "eider/base/in_parallel.h"
#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"
#include "eider/codec/utf8.h"
#include "eider/records/chunk_looks.h"
#include "eider/records/json_shape.h"
#include "eider/records/json_value_parser.h"
#include "eider/records/lower_name.h"

namespace eider::records {
namespace {

// Goes from value to value while the bytes come.
class JsonScan {
 public:
  // Gets each value with the line that it begins in; false: no further one is wanted.
  using OnValue = std::function<bool(std::uint64_t line, std::string_view value)>;

  explicit JsonScan(const JsonQuestion& question, OnValue on_value = {})
      : question_(question), on_value_(std::move(on_value)) {}

  bool Feed(std::string_view piece) {
    buffer_.append(piece);
    if (!has_begun_ && buffer_.size() < codec::kByteOrderMark.size()) return true;
    // A value that was cut off is parsed again when twice as much of it is there.
    if (buffer_.size() < wanted_) return true;
    return Go(false);
  }

  Result<JsonFile> Finish() {
    if (!error_) Go(true);
    if (error_) return std::unexpected(*error_);
    const bool is_open = is_array_ && state_ != State::kBehind;
    if (is_open && state_ != State::kStart) return std::unexpected(Cut());
    return Told();
  }

  // Looks at further lines, whole ones, that another scan has looked at: what both tell is what
  // this one would have. False: it cannot be told so.
  bool Take(const JsonScan& lines) {
    const bool are_lines =
        !lines.error_ && lines.buffer_.empty() && !lines.is_array_ && lines.is_one_per_line_;
    if (!are_lines || lines.places_left_ == 0) return false;
    shape_.Merge(lines.shape_);
    records_ += lines.records_;
    return places_left_ > 0;
  }

 private:
  enum class State : std::uint8_t { kStart, kValue, kFirst, kAfter, kBehind };

  bool Go(bool is_last) {
    if (!has_begun_ && buffer_.starts_with(codec::kByteOrderMark))
      done_ = codec::kByteOrderMark.size();
    has_begun_ = true;
    while (!error_ && Step(is_last)) {
    }
    buffer_.erase(0, done_);
    done_ = 0;
    const std::size_t more = std::min(buffer_.size() * 2, question_.value_bytes_max + 1);
    wanted_ = std::max<std::size_t>(more, 1);
    if (!error_ && buffer_.size() > question_.value_bytes_max) {
      error_ = Error{Code::kCorrupt,
                     fmt::format("line {}: a JSON value is longer than {} bytes: name the longest "
                                 "in the route's SQL, maximum_object_size = …",
                                 line_, question_.value_bytes_max),
                     {.line = line_}};
    }
    return !error_;
  }

  void SkipSpaces() {
    while (done_ < buffer_.size() && IsJsonSpace(buffer_[done_])) {
      if (buffer_[done_] == '\n') {
        ++line_;
        is_new_line_ = true;
      }
      ++done_;
    }
  }

  // One value, or one letter between values. False: nothing more can be done now.
  bool Step(bool is_last) {
    SkipSpaces();
    if (done_ == buffer_.size()) return false;
    const char c = buffer_[done_];
    switch (state_) {
      case State::kStart:
        is_array_ = question_.format ? *question_.format == JsonFormat::kArray : c == '[';
        if (is_array_ && c != '[') return Refuse("is no array");
        state_ = is_array_ ? State::kFirst : State::kValue;
        if (is_array_) ++done_;
        return true;
      case State::kFirst:
        if (c == ']') return Pass(State::kBehind);
        state_ = State::kValue;
        return true;
      case State::kAfter:
        if (c == ',') return Pass(State::kValue);
        if (c == ']') return Pass(State::kBehind);
        return Refuse("is not JSON");
      case State::kBehind:
        return Refuse("stands behind the end of the array");
      case State::kValue:
        return ParseValue(is_last);
    }
    return false;
  }

  bool Pass(State next) {
    state_ = next;
    ++done_;
    return true;
  }

  bool ParseValue(bool is_last) {
    const char* const begin = buffer_.data() + done_;
    const char* const end = buffer_.data() + buffer_.size();
    JsonValueParser parser(begin, end, question_.depth_max);
    const bool is_value = parser.Value(shape_, 0);
    // A number at the end might go on.
    if (parser.at == end && !is_last) return false;
    if (!is_value) {
      if (parser.is_too_deep) {
        error_ = Error{Code::kUnsupported,
                       fmt::format("line {}: JSON is nested deeper than {} levels", line_,
                                   question_.depth_max),
                       {.line = line_}};
        return false;
      }
      return parser.at == end ? RefuseCut() : RefuseAt(begin, parser.at);
    }
    if (on_value_ && !on_value_(line_, {begin, parser.at})) on_value_ = {};
    is_one_per_line_ = is_one_per_line_ && parser.lines == 0 && (is_new_line_ || records_ == 0);
    is_new_line_ = false;
    line_ += parser.lines;
    done_ += static_cast<std::size_t>(parser.at - begin);
    ++records_;
    if (is_array_) {
      state_ = State::kAfter;
    } else if (done_ < buffer_.size() && !IsJsonSpace(buffer_[done_])) {
      const char next = buffer_[done_];
      if (next != '{' && next != '[') return Refuse("stands behind a value");
    }
    return true;
  }

  std::string TextAt(const char* at) const {
    const char* const end = buffer_.data() + buffer_.size();
    const char* const line_end = std::find(at, end, '\n');
    return codec::ShortName(std::string_view(at, line_end));
  }

  bool Refuse(std::string_view what) {
    error_ = Error{Code::kCorrupt,
                   fmt::format("line {}: `{}` {}", line_, TextAt(buffer_.data() + done_), what),
                   {.line = line_}};
    return false;
  }

  bool RefuseAt(const char* begin, const char* at) {
    const auto line = line_ + static_cast<std::uint64_t>(std::count(begin, at, '\n'));
    error_ = Error{Code::kCorrupt,
                   fmt::format("line {}: this is not JSON, from `{}` on", line, TextAt(at)),
                   {.line = line}};
    return false;
  }

  bool RefuseCut() {
    error_ = Cut();
    return false;
  }

  Error Cut() const {
    return {Code::kCorrupt,
            fmt::format("the JSON is cut off: what begins in line {} has no end", line_),
            {.line = line_}};
  }

  Result<JsonFile> Told() {
    JsonFile file;
    file.records = records_;
    file.format = JsonFormat::kValues;
    if (is_one_per_line_) file.format = JsonFormat::kLines;
    if (is_array_) file.format = JsonFormat::kArray;
    if (question_.format) file.format = *question_.format;
    file.are_objects = shape_.HasOnlyObjects() && !shape_.fields().empty();
    if (!file.are_objects) {
      EIDER_CHECK(AddColumn("json", shape_, file));
      return file;
    }
    if (shape_.IsCutShort()) {
      return Fail(Code::kUnsupported, fmt::format("the objects have more than {} different keys, "
                                                  "too many to be columns",
                                                  kJsonPlacesMax));
    }
    std::set<std::string> seen;
    for (const auto& [name, quoted, shape] : shape_.fields()) {
      if (!seen.insert(LowerName(name)).second) {
        return Fail(Code::kInvalid,
                    fmt::format("the key {} is there in another case of letters too: they cannot "
                                "be told apart as columns",
                                codec::ShortName(name)));
      }
      EIDER_CHECK(AddColumn(name, *shape, file));
    }
    return file;
  }

  // A type is a text of SQL, which DuckDB's parser takes to end at a NUL.
  static Status AddColumn(const std::string& name, const JsonShape& shape, JsonFile& file) {
    std::string type = shape.Sql();
    if (type.find('\0') != std::string::npos) {
      return Fail(Code::kInvalid,
                  fmt::format("column {}.{} has a NUL character in its name: "
                              "rename it in the file",
                              codec::ShortName(name), codec::ShortName(shape.NameWithNul())));
    }
    file.columns.push_back(
        {name, std::move(type), !shape.HasNested(), shape.HasValues(), shape.FitsInt()});
    return {};
  }

  const JsonQuestion& question_;
  OnValue on_value_;
  std::string buffer_;
  std::size_t done_ = 0;
  std::size_t wanted_ = 0;
  bool has_begun_ = false;
  State state_ = State::kStart;
  bool is_array_ = false;
  bool is_one_per_line_ = true;
  bool is_new_line_ = false;
  std::uint64_t line_ = 1;
  std::uint64_t records_ = 0;
  std::size_t places_left_ = kJsonPlacesMax;
  JsonShape shape_{places_left_};
  std::optional<Error> error_;
};

// Looks at chunks of whole lines side by side.
class LinesScan {
 public:
  explicit LinesScan(const JsonQuestion& question)
      : question_(question),
        whole_(question),
        looks_(
            question.threads,
            [this](std::string_view chunk, bool /*is_first*/) {
              auto scan = std::make_unique<JsonScan>(question_);
              scan->Feed(chunk);
              return scan;
            },
            [this](const Found& scan) { return whole_.Take(*scan); }) {}

  // False: these are no lines of values, a line is longer than a chunk, or something is wrong with
  // them.
  bool Feed(std::string_view piece) {
    coming_.append(piece);
    while (coming_.size() >= question_.chunk_bytes) {
      if (!BeginChunk()) return false;
    }
    return true;
  }

  // The same for the lines that are left.
  bool FeedRest() {
    if (!coming_.empty() && coming_.back() != '\n') coming_ += '\n';
    while (!coming_.empty()) {
      if (!BeginChunk()) return false;
    }
    return looks_.Finish();
  }

  Result<JsonFile> Finish() { return whole_.Finish(); }

 private:
  using Found = std::unique_ptr<JsonScan>;

  bool BeginChunk() {
    // A mark is one where the text begins, and nowhere else.
    if (has_begun_ && coming_.starts_with(codec::kByteOrderMark)) return false;
    if (!has_begun_ && !question_.format && BeginsAsArray(coming_)) return false;
    has_begun_ = true;
    const std::size_t end = coming_.rfind('\n', question_.chunk_bytes - 1);
    if (end == std::string::npos) return false;
    return looks_.Begin(TakeBeginning(coming_, end + 1));
  }

  static bool BeginsAsArray(std::string_view text) {
    if (text.starts_with(codec::kByteOrderMark)) text.remove_prefix(codec::kByteOrderMark.size());
    const auto* const first = std::ranges::find_if_not(text, IsJsonSpace);
    return first != text.end() && *first == '[';
  }

  const JsonQuestion& question_;
  JsonScan whole_;
  std::string coming_;
  bool has_begun_ = false;
  ChunkLooks<Found> looks_;
};

// Nothing where the text has to be looked at from its beginning, value by value: who does so finds
// what is wrong, and where.
Result<std::optional<JsonFile>> ReadLines(const Pieces& pieces, const JsonQuestion& question) {
  const bool may_be_lines = question.format.value_or(JsonFormat::kLines) == JsonFormat::kLines;
  if (question.threads < 2 || !may_be_lines || question.value_bytes_max < question.chunk_bytes) {
    return std::nullopt;
  }
  LinesScan scan(question);
  bool are_lines = true;
  EIDER_CHECK(pieces([&](std::string_view piece) { return are_lines = scan.Feed(piece); }));
  if (!are_lines || !scan.FeedRest()) return std::nullopt;
  EIDER_ASSIGN(JsonFile file, scan.Finish());
  return file;
}

bool IsValue(const nlohmann::json& value, std::string_view text) {
  return value.is_string() ? value.get_ref<const std::string&>() == text : value.dump() == text;
}

}  // namespace

Status VisitJson(const Pieces& pieces, const JsonQuestion& question,
                 const std::function<bool(std::uint64_t line, std::string_view value)>& visit) {
  bool goes_on = true;
  JsonScan scan(question, [&](std::uint64_t line, std::string_view value) {
    goes_on = visit(line, value);
    return goes_on;
  });
  EIDER_CHECK(pieces([&](std::string_view piece) { return scan.Feed(piece) && goes_on; }));
  if (goes_on) EIDER_CHECK(scan.Finish());
  return {};
}

Result<std::uint64_t> FindJsonLine(const Pieces& pieces, const JsonQuestion& question,
                                   bool are_objects, std::string_view name, std::string_view text) {
  std::uint64_t found = 0;
  EIDER_CHECK(VisitJson(pieces, question, [&](std::uint64_t line, std::string_view record) {
    const auto value = nlohmann::json::parse(record, nullptr, false);
    const auto member = are_objects && value.is_object() ? value.find(name) : value.end();
    const bool is_it = are_objects
                           ? value.is_object() && member != value.end() && IsValue(*member, text)
                           : IsValue(value, text);
    if (is_it) found = line;
    return found == 0;
  }));
  return found;
}

Result<JsonFile> ReadJson(const Pieces& pieces, const JsonQuestion& question) {
  EIDER_ASSIGN(auto of_lines, ReadLines(pieces, question));
  if (of_lines) return *std::move(of_lines);
  JsonScan scan(question);
  EIDER_CHECK(pieces([&](std::string_view piece) { return scan.Feed(piece); }));
  return scan.Finish();
}

}  // namespace eider::records
