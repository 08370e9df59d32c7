// Readers and printers of setting values.
#include "eider/config/setting_value.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/base/trimmed.h"
#include "eider/base/uri.h"
#include "eider/config/byte_size.h"
#include "eider/config/nearest_name.h"
#include "eider/config/postgres_uri.h"
#include "eider/config/secret_mask.h"
#include "eider/config/sqlite_uri.h"
#include "eider/config/strategy_list.h"

namespace eider::config {
namespace {

// The non-empty parts between commas, trimmed.
std::vector<std::string> SplitAtCommas(std::string_view text) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t comma = text.find(',');
    const std::string_view part = Trimmed(text.substr(0, comma));
    if (!part.empty()) parts.emplace_back(part);
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

Result<std::int64_t> ParseNumber(const std::string& text, std::int64_t low, std::int64_t high) {
  std::int64_t number = 0;
  const char* const text_end = text.data() + text.size();
  const auto [end, failure] = std::from_chars(text.data(), text_end, number);
  if (failure != std::errc() || end != text_end || number < low || number > high) {
    return Fail(Code::kInvalid,
                fmt::format("must be a whole number from {} to {}: '{}'", low, high, text));
  }
  return number;
}

// `buckets` with one more pair "name=folder".
Status AddBucket(std::string_view pair, const std::string& folder,
                 std::map<std::string, std::string>& buckets) {
  const std::size_t equals = pair.find('=');
  const std::string name(Trimmed(pair.substr(0, equals)));
  if (equals == std::string_view::npos || name.empty()) {
    return Fail(Code::kInvalid,
                fmt::format("must be a list such as src-a=/data/a,src-b=/data/b: '{}'", pair));
  }
  if (name.find_first_of("/ \t") != std::string::npos) {
    return Fail(Code::kInvalid,
                fmt::format("a bucket's name has no slash and no space: '{}'", name));
  }
  auto path = ParsePath({std::string(Trimmed(pair.substr(equals + 1))), folder});
  if (!path) return Fail(fmt::format("bucket '{}'", name), std::move(path).error());
  for (const auto& [other, other_path] : buckets) {
    if (other_path == *path && other != name) {
      return Fail(Code::kInvalid,
                  fmt::format("two buckets cannot share a folder, '{}' and '{}' do: '{}'", other,
                              name, *path));
    }
  }
  if (!buckets.emplace(name, *path).second) {
    return Fail(Code::kInvalid, fmt::format("a bucket is named twice: '{}'", name));
  }
  return {};
}

}  // namespace

Result<std::string> ParseWord(const SettingText& in) {
  if (in.text.empty()) return Fail(Code::kInvalid, "must not be empty");
  return in.text;
}

Result<std::string> ParseSecret(const SettingText& in) {
  const bool is_visible = std::ranges::all_of(in.text, [](char c) { return c > ' ' && c < 0x7f; });
  if (in.text.empty() || !is_visible) {
    return Fail(Code::kInvalid, "must be visible ASCII characters without blanks");
  }
  return in.text;
}

Result<std::string> ParsePath(const SettingText& in) {
  if (in.text.empty()) return Fail(Code::kInvalid, "must be a path, but is empty");
  if (in.text == "~" || in.text.starts_with("~/")) {
    return Fail(Code::kInvalid,
                fmt::format("'~' is not expanded here, write the whole path: '{}'", in.text));
  }
  if (in.text.find('\0') != std::string::npos) {
    return Fail(Code::kInvalid, "a path cannot hold a NUL byte");
  }
  std::string path = (std::filesystem::path(in.folder) / in.text).lexically_normal().string();
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

namespace {

Result<std::vector<std::string>> ParseEach(const SettingText& in,
                                           Result<std::string> (*parse)(const SettingText&)) {
  std::vector<std::string> values;
  for (const std::string& text : in.items ? *in.items : SplitAtCommas(in.text)) {
    EIDER_ASSIGN(std::string value, parse({text, in.folder}));
    if (std::ranges::find(values, value) != values.end()) {
      return Fail(Code::kInvalid, fmt::format("names one twice: '{}'", MaskSecrets(value)));
    }
    values.push_back(std::move(value));
  }
  return values;
}

}  // namespace

Result<std::vector<std::string>> ParsePaths(const SettingText& in) {
  return ParseEach(in, &ParsePath);
}

Result<std::vector<std::string>> ParseWords(const SettingText& in) {
  return ParseEach(in, &ParseWord);
}

Result<std::string> ParseWarehouse(const SettingText& in) {
  if (in.text.find(':') == std::string::npos) {  // a bare path
    EIDER_ASSIGN(const std::string path, ParsePath(in));
    return "file://" + path;
  }
  const auto uri = Uri::Parse(in.text);
  if (!uri) {
    return Fail(Code::kInvalid,
                fmt::format("must be a place such as file:///data/warehouse or s3://bucket/prefix: "
                            "'{}'",
                            MaskSecrets(in.text)));
  }
  std::string place = uri->ToString();
  while (place.ends_with('/') && place != "file:///") place.pop_back();
  return place;
}

bool IsServerUri(std::string_view uri) {
  return uri.starts_with("https://") || uri.starts_with("http://");
}

Result<std::string> ParsePostgresUri(const SettingText& in) {
  EIDER_CHECK(LibpqUriOf(in.text));
  return in.text;
}

Result<std::string> ParseCatalogUri(const SettingText& in) {
  if (IsServerUri(in.text)) {
    const std::size_t end = in.text.find_last_not_of('/');
    return in.text.substr(0, end + 1);
  }
  if (IsPostgresUri(in.text)) return ParsePostgresUri(in);
  EIDER_ASSIGN(const std::string written, PathOfSqliteUri(in.text));
  EIDER_ASSIGN(const std::string path, ParsePath({written, in.folder}));
  return SqliteUriOfPath(path);
}

Result<std::size_t> ParseWordOf(std::span<const std::string_view> words, const std::string& text) {
  const auto found = std::ranges::find(words, text);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  return Fail(Code::kUnsupported,
              fmt::format("must be one of {}: '{}'", fmt::join(words, ", "), MaskSecrets(text)));
}

Result<std::vector<RouteStoreKind>> ParseRoutingStores(const SettingText& in) {
  constexpr auto& kStores = kWords<RouteStoreKind>;
  const std::vector<std::string> words = in.items ? *in.items : SplitAtCommas(in.text);
  if (words.empty()) {
    return Fail(Code::kInvalid, "must name at least one store, such as dynamodb,snapshot");
  }
  std::vector<RouteStoreKind> stores;
  const auto has = [&](RouteStoreKind kind) {
    return std::ranges::find(stores, kind) != stores.end();
  };
  for (const std::string& word : words) {
    const auto place = ParseWordOf(kStores, word);
    if (!place) {
      return Fail(
          Code::kUnsupported,
          fmt::format("has the unknown store '{}'; {}; there are {}, to be listed in the "
                      "order in which they are asked",
                      MaskSecrets(word), NameHint(word, kStores), fmt::join(kStores, ", ")));
    }
    const auto kind = static_cast<RouteStoreKind>(*place);
    if (has(kind)) return Fail(Code::kInvalid, fmt::format("names a store twice: '{}'", word));
    if (has(RouteStoreKind::kSnapshot)) {
      return Fail(Code::kInvalid,
                  fmt::format("must have snapshot as the last one, nobody is asked after it: "
                              "'{}'",
                              fmt::join(words, ",")));
    }
    stores.push_back(kind);
  }
  if (has(RouteStoreKind::kFile) && has(RouteStoreKind::kSqlite)) {
    return Fail(Code::kInvalid,
                fmt::format("cannot have both file and sqlite, there is one routing.path: '{}'",
                            fmt::join(words, ",")));
  }
  return stores;
}

// One object, as a URI or a path.
Result<std::string> ParseObject(const SettingText& in) {
  if (in.text.ends_with('/')) {
    return Fail(Code::kInvalid, fmt::format("must be an object, not a prefix: '{}'", in.text));
  }
  if (in.text.find(':') == std::string::npos) {  // a bare path
    EIDER_ASSIGN(const std::string path, ParsePath(in));
    return "file://" + path;
  }
  const auto uri = Uri::Parse(in.text);
  if (!uri || uri->key.empty()) {
    return Fail(Code::kInvalid,
                fmt::format("must be an object such as s3://bucket/routes.snapshot or a path: '{}'",
                            MaskSecrets(in.text)));
  }
  return uri->ToString();
}

Result<std::vector<std::string>> ParseStrategies(const SettingText& in) {
  std::vector<std::string> strategies;
  if (in.items) {
    strategies = *in.items;
  } else {
    EIDER_ASSIGN(strategies, SplitStrategies(in.text));
  }
  if (strategies.empty()) {
    return Fail(Code::kInvalid, "must name at least one strategy, such as bucket");
  }
  return strategies;
}

Result<std::map<std::string, std::string>> ParseBuckets(const SettingText& in) {
  std::map<std::string, std::string> buckets;
  for (const std::string& pair : SplitAtCommas(in.text)) {
    EIDER_CHECK(AddBucket(pair, in.folder, buckets));
  }
  return buckets;
}

Result<std::uint64_t> ParseMemoryLimit(const SettingText& in) {
  constexpr std::uint64_t kLeastBytes = 16ULL << 20U;
  EIDER_ASSIGN(const std::uint64_t size_bytes, ParseByteSize(in.text));
  if (size_bytes < kLeastBytes) {
    return Fail(Code::kInvalid,
                fmt::format("must be at least {}: '{}'", ByteSizeText(kLeastBytes), in.text));
  }
  return size_bytes;
}

Result<Milliseconds> ParseMilliseconds(const SettingText& in, int low_ms) {
  constexpr std::int64_t kWeekMs = 7LL * 24 * 3600 * 1000;
  EIDER_ASSIGN(const std::int64_t number, ParseNumber(in.text, low_ms, kWeekMs));
  return Milliseconds(number);
}

// SQS counts in seconds, up to 12 hours; below 10 s there is no time to extend it.
Result<Milliseconds> ParseVisibility(const SettingText& in) {
  constexpr Milliseconds kLowest{10'000};
  constexpr Milliseconds kHighest{43'200'000};
  EIDER_ASSIGN(const Milliseconds value, ParseMilliseconds(in));
  if (value >= kLowest && value <= kHighest && value % Milliseconds(1'000) == Milliseconds(0)) {
    return value;
  }
  return Fail(Code::kInvalid, fmt::format("must be whole seconds from {} to {} ms: {}",
                                          kLowest.count(), kHighest.count(), value.count()));
}

Result<int> ParseInt(const SettingText& in, int low, int high) {
  EIDER_ASSIGN(const std::int64_t number, ParseNumber(in.text, low, high));
  return static_cast<int>(number);
}

std::string PrintValue(const std::string& value) {
  return value;
}

std::string PrintValue(int value) {
  return std::to_string(value);
}

std::string PrintValue(std::uint64_t size_bytes) {
  return ByteSizeText(size_bytes);
}

std::string PrintValue(Milliseconds value) {
  return std::to_string(value.count());
}

std::string PrintValue(const std::vector<std::string>& list) {
  return fmt::format("{}", fmt::join(list, ","));
}

std::string PrintValue(const std::vector<RouteStoreKind>& stores) {
  std::vector<std::string_view> words;
  for (const RouteStoreKind kind : stores) words.push_back(WordFor(kind));
  return fmt::format("{}", fmt::join(words, ","));
}

std::string PrintValue(const std::map<std::string, std::string>& buckets) {
  std::vector<std::string> pairs;
  for (const auto& [name, path] : buckets) pairs.push_back(fmt::format("{}={}", name, path));
  return PrintValue(pairs);
}

}  // namespace eider::config
