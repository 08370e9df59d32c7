// Strategies: their reading, and the keys that they give.
#include "eider/routing/strategy.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <re2/re2.h>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/codec/utf8.h"
#include "eider/config/nearest_name.h"
#include "eider/routing/file_facts.h"

namespace eider::routing {
namespace {

using Kind = Strategy::Kind;

constexpr std::string_view kKeyGroup = "key";
constexpr int kFolderMax = 1'000;                    // an S3 key has at most 1,024 bytes
constexpr std::size_t kParameterBytesMax = 1'024;    // of a name or a pattern
constexpr std::int64_t kPatternMemoryMax = 1 << 20;  // bytes, for one compiled pattern

enum class Parameter : std::uint8_t { kNone, kFolders, kPattern, kName };

// How a kind of strategy is written.
struct Form {
  std::string_view name;
  Kind kind;
  Parameter parameter;
  std::string_view forms;    // in the list of all that there are
  std::string_view example;  // of one with a parameter
};

constexpr std::array<Form, 8> kForms = {{
    {"bucket", Kind::kBucket, Parameter::kNone, "bucket", ""},
    {"folder", Kind::kFolder, Parameter::kFolders, "folder, folder:N, folder:N-M", "folder:0-1"},
    {"bucket/folder", Kind::kBucketFolder, Parameter::kFolders,
     "bucket/folder, bucket/folder:N, bucket/folder:N-M", "bucket/folder:0-1"},
    {"key-regex", Kind::kKeyRegex, Parameter::kPattern, "key-regex:PATTERN",
     "key-regex:^(?P<key>[a-z]+)/\\d+/"},
    {"object-metadata", Kind::kObjectMetadata, Parameter::kName, "object-metadata:NAME",
     "object-metadata:route"},
    {"object-tag", Kind::kObjectTag, Parameter::kName, "object-tag:NAME", "object-tag:route"},
    {"parquet-metadata", Kind::kParquetMetadata, Parameter::kName, "parquet-metadata:NAME",
     "parquet-metadata:source"},
    {"column", Kind::kColumn, Parameter::kName, "column:NAME", "column:country"},
}};

std::unexpected<Error> UnknownStrategy(std::string_view text, std::string_view name) {
  std::vector<std::string_view> names;
  std::string all;
  for (const Form& form : kForms) {
    names.push_back(form.name);
    if (!all.empty()) all += ", ";
    all += form.forms;
  }
  const std::string_view nearest = config::NearestName(name, names);
  const std::string hint =
      nearest.empty() ? std::string() : fmt::format("did you mean '{}'? ", nearest);
  return Fail(Code::kInvalid,
              fmt::format("unknown routing strategy; {}there are {}: '{}'", hint, all, text));
}

// What is wrong with the parameter of a strategy of that form.
std::unexpected<Error> BadParameter(const Form& form, std::string_view what,
                                    std::string_view parameter) {
  return Fail(Code::kInvalid, fmt::format("routing strategy {} {}, as in {}: '{}'", form.name, what,
                                          form.example, parameter));
}

std::optional<int> ParseFolder(std::string_view number) {
  int folder = 0;
  const char* const number_end = number.data() + number.size();
  const auto [end, failure] = std::from_chars(number.data(), number_end, folder);
  if (failure != std::errc() || end != number_end || folder < 0 || folder > kFolderMax) {
    return std::nullopt;
  }
  return folder;
}

Result<FolderRange> ParseFolders(const Form& form, std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto first = ParseFolder(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : ParseFolder(text.substr(dash + 1));
  if (!first || !last || *first > *last) {
    return BadParameter(
        form, fmt::format("takes a folder's number from 0 to {}, or a range of them", kFolderMax),
        text);
  }
  return FolderRange{*first, *last};
}

Result<KeyPattern> ParsePattern(const Form& form, std::string_view text) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kPatternMemoryMax);
  KeyPattern pattern;
  pattern.regex = std::make_unique<const re2::RE2>(re2::StringPiece(text), options);
  if (!pattern.regex->ok()) {
    return BadParameter(form,
                        fmt::format("has a pattern that RE2 cannot compile ({}); write one",
                                    pattern.regex->error()),
                        text);
  }
  for (const auto& [number, name] : pattern.regex->CapturingGroupNames()) {
    if (name != kKeyGroup) {
      return BadParameter(form,
                          fmt::format("knows no named group but `{}`, and not '{}'; name one group "
                                      "so and write others as (..)",
                                      kKeyGroup, name),
                          text);
    }
    if (pattern.key_group != 0) {  // RE2 would take the first one alone
      return BadParameter(
          form, fmt::format("has two groups named `{}`; write both as one", kKeyGroup), text);
    }
    pattern.key_group = number;
  }
  if (pattern.key_group == 0) {
    return BadParameter(
        form, fmt::format("needs a group named `{}` around what is the key", kKeyGroup), text);
  }
  return pattern;
}

Status CheckName(const Form& form, std::string_view name) {
  if (form.kind != Kind::kColumn) return {};
  if (name.starts_with('.') || name.ends_with('.') || name.find("..") != std::string_view::npos) {
    return BadParameter(form, "takes a column, or with dots the leaf of a struct", name);
  }
  return {};
}

// S3 has no slash before a key; the path of a local file has one.
std::string_view KeyWithoutRoot(const Uri& uri) {
  std::string_view key = uri.key;
  if (uri.scheme == "file" && key.starts_with('/')) key.remove_prefix(1);
  return key;
}

// The segments of the range, each of which a slash follows; none when one is missing or empty.
std::optional<std::string> FoldersOf(const Uri& uri, const FolderRange& range) {
  std::string_view rest = KeyWithoutRoot(uri);
  std::string folders;
  for (int i = 0; i <= range.last; ++i) {
    const std::size_t slash = rest.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    if (i >= range.first) {
      if (slash == 0) return std::nullopt;
      if (i > range.first) folders += '/';
      folders += rest.substr(0, slash);
    }
    rest.remove_prefix(slash + 1);
  }
  return folders;
}

// What the group `key` of the first match holds.
std::optional<std::string> MatchOf(const Uri& uri, const KeyPattern& pattern) {
  const std::string_view key = KeyWithoutRoot(uri);
  std::vector<re2::StringPiece> groups(static_cast<std::size_t>(pattern.key_group) + 1);
  if (!pattern.regex->Match(re2::StringPiece(key), 0, key.size(), re2::RE2::UNANCHORED,
                            groups.data(), pattern.key_group + 1)) {
    return std::nullopt;
  }
  return std::string(groups.back().data(), groups.back().size());
}

// Bytes as people can read them: what is not ASCII as \xNN.
std::string Escaped(std::string_view bytes) {
  constexpr std::size_t kShownMax = 100;
  std::string text;
  for (const char c : bytes.substr(0, kShownMax)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20U || byte > 0x7EU || c == '\\') {
      text += fmt::format("\\x{:02X}", byte);
    } else {
      text += c;
    }
  }
  if (bytes.size() > kShownMax) text += "..";
  return text;
}

}  // namespace

Result<Strategy> Strategy::Parse(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  const auto form = std::ranges::find(kForms, name, &Form::name);
  if (form == kForms.end()) return UnknownStrategy(text, name);
  Strategy strategy;
  strategy.kind_ = form->kind;
  if (colon == std::string_view::npos) {
    if (form->parameter == Parameter::kNone || form->parameter == Parameter::kFolders) {
      return strategy;
    }
    return BadParameter(*form, "needs a parameter", "");
  }
  const std::string_view parameter = text.substr(colon + 1);
  if (form->parameter == Parameter::kNone) {
    return Fail(Code::kInvalid,
                fmt::format("routing strategy {} takes no parameter: '{}'", name, text));
  }
  if (parameter.empty()) return BadParameter(*form, "needs a parameter", parameter);
  if (parameter.size() > kParameterBytesMax) {
    return BadParameter(*form,
                        fmt::format("takes a parameter of at most {} bytes", kParameterBytesMax),
                        fmt::format("{}..", parameter.substr(0, 100)));
  }
  switch (form->parameter) {
    case Parameter::kNone:
      break;
    case Parameter::kFolders: {
      EIDER_ASSIGN(strategy.folders_, ParseFolders(*form, parameter));
      break;
    }
    case Parameter::kPattern: {
      EIDER_ASSIGN(strategy.pattern_, ParsePattern(*form, parameter));
      break;
    }
    case Parameter::kName:
      EIDER_CHECK(CheckName(*form, parameter));
      strategy.name_ = parameter;
      break;
  }
  return strategy;
}

std::string Strategy::ToString() const {
  const Form& form = *std::ranges::find(kForms, kind_, &Form::kind);
  switch (form.parameter) {
    case Parameter::kNone:
      return std::string(form.name);
    case Parameter::kFolders:
      if (folders_.first != folders_.last) {
        return fmt::format("{}:{}-{}", form.name, folders_.first, folders_.last);
      }
      if (folders_.first != 0) return fmt::format("{}:{}", form.name, folders_.first);
      return std::string(form.name);
    case Parameter::kPattern:
      return fmt::format("{}:{}", form.name, pattern_.regex->pattern());
    case Parameter::kName:
      return fmt::format("{}:{}", form.name, name_);
  }
  return {};
}

std::string_view Strategy::column() const {
  return kind_ == Kind::kColumn ? std::string_view(name_) : std::string_view();
}

Result<std::vector<ColumnValue>> Strategy::KeysOf(FileFacts& facts, int column_values_max) const {
  std::vector<ColumnValue> keys;
  if (kind_ == Kind::kColumn) {
    EIDER_ASSIGN(keys, facts.ColumnValues(name_, column_values_max));
  } else {
    EIDER_ASSIGN(std::optional<std::string> key, KeyOf(facts));
    if (key && !key->empty()) keys.push_back(std::move(key));
  }
  for (const ColumnValue& key : keys) {
    if (key) EIDER_CHECK(CheckKey(*key, facts));
  }
  return keys;
}

Result<std::optional<std::string>> Strategy::KeyOf(FileFacts& facts) const {
  const Uri& uri = facts.file().uri;
  switch (kind_) {
    case Kind::kBucket:
      return uri.bucket;
    case Kind::kFolder:
      return FoldersOf(uri, folders_);
    case Kind::kBucketFolder: {
      const auto folders = FoldersOf(uri, folders_);
      if (uri.bucket.empty() || !folders) return std::nullopt;
      return fmt::format("{}/{}", uri.bucket, *folders);
    }
    case Kind::kKeyRegex:
      return MatchOf(uri, pattern_);
    case Kind::kObjectMetadata:
      return facts.ObjectMetadata(name_);
    case Kind::kObjectTag:
      return facts.ObjectTag(name_);
    case Kind::kParquetMetadata:
      return facts.ParquetMetadata(name_);
    case Kind::kColumn:
      break;  // has values instead
  }
  return std::nullopt;
}

Status Strategy::CheckKey(std::string_view key, const FileFacts& facts) const {
  if (codec::IsUtf8(key)) return {};
  return Fail(Code::kInvalid,
              fmt::format("{} gives a key that is not UTF-8; write it anew as UTF-8, or put a "
                          "strategy that has a route for the file before this one (the bytes are "
                          "'{}'): {}",
                          ToString(), Escaped(key), facts.file().uri.ToString()));
}

Result<std::vector<Strategy>> ParseStrategies(std::span<const std::string> texts) {
  std::vector<Strategy> strategies;
  for (const std::string& text : texts) {
    EIDER_ASSIGN(strategies.emplace_back(), Strategy::Parse(text));
  }
  return strategies;
}

}  // namespace eider::routing
