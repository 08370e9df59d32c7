// The kinds of values that settings take: from text, with what is wrong, and back to text.
//
// Every reader returns a value that is whole and normal (absolute paths, known kinds, numbers in
// range) or says why not, with the text at the end; the setting's name is the caller's to add.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/config/kinds.h"
#include "eider/config/yaml_document.h"

namespace eider::config {

struct SettingText {
  std::string text;    // lists and maps in their form for one line: "bucket,folder", "a=/x,b=/y"
  std::string folder;  // absolute; relative paths are taken from it
  std::optional<std::vector<std::string>> items = {};  // of a list in the file; `text` is empty
  const YamlNode* map = nullptr;  // borrowed; of a map of maps in the file; `text` is empty
};

// Errors of all: kInvalid; kUnsupported for a kind that this version does not have.
Result<std::string> ParseWord(const SettingText& in);
Result<std::string> ParseSecret(const SettingText& in);  // messages do not have it
Result<std::string> ParsePath(const SettingText& in);
Result<std::string> ParseWarehouse(const SettingText& in);
Result<std::string> ParsePostgresUri(const SettingText& in);
Result<std::string> ParseCatalogUri(const SettingText& in);

// Whether a catalog's URI is that of a server.
bool IsServerUri(std::string_view uri);

// The place of the word in `words`.
Result<std::size_t> ParseWordOf(std::span<const std::string_view> words, const std::string& text);

template <AnyKind Kind>
Result<Kind> ParseKind(const SettingText& in) {
  EIDER_ASSIGN(const std::size_t place, ParseWordOf(kWords<Kind>, in.text));
  return static_cast<Kind>(place);
}

// Each once, in their order.
Result<std::vector<std::string>> ParsePaths(const SettingText& in);
Result<std::vector<std::string>> ParseWords(const SettingText& in);

Result<std::vector<RouteStoreKind>> ParseRoutingStores(const SettingText& in);
Result<std::string> ParseObject(const SettingText& in);

// The text is split at commas outside of (), [] and {}, so that it may hold patterns; items are
// taken as they are.
Result<std::vector<std::string>> ParseStrategies(const SettingText& in);
Result<std::map<std::string, std::string>> ParseBuckets(const SettingText& in);
Result<std::uint64_t> ParseMemoryLimit(const SettingText& in);
Result<Milliseconds> ParseMilliseconds(const SettingText& in, int low_ms = 0);
Result<Milliseconds> ParseVisibility(const SettingText& in);
Result<int> ParseInt(const SettingText& in, int low, int high);

// What the readers above would read as the same value; empty: not set. (Of a strategy's name with a
// comma outside of brackets only the file's list can tell.)
std::string PrintValue(const std::string& value);
std::string PrintValue(int value);
std::string PrintValue(std::uint64_t size_bytes);
std::string PrintValue(Milliseconds value);
std::string PrintValue(const std::vector<std::string>& list);
std::string PrintValue(const std::vector<RouteStoreKind>& stores);
std::string PrintValue(const std::map<std::string, std::string>& buckets);

template <AnyKind Kind>
std::string PrintValue(Kind kind) {
  return std::string(WordFor(kind));
}

}  // namespace eider::config
