// YAML files of people, as plain values that know their line.
//
// Reading never throws and is bounded: by the size of the text, the depth, and the number of nodes
// after aliases are expanded, so that a few lines of anchors cannot become gigabytes. Scalars are
// kept as text; what type they should have is the reader's business.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/result.h"

namespace eider::config {

struct YamlEntry;

struct YamlNode {
  enum class Kind : std::uint8_t { kNull, kScalar, kList, kMap };
  Kind kind = Kind::kNull;
  int line = 0;                    // from 1
  std::string text;                // kScalar
  std::vector<YamlNode> items;     // kList
  std::vector<YamlEntry> entries;  // kMap, in the order of the file; keys may repeat

  // What it is, for messages: "a list".
  std::string_view KindName() const;
};

struct YamlEntry {
  std::string key;
  int line = 0;
  YamlNode value;
};

inline constexpr std::size_t kYamlSizeBytesMax = 1U << 20U;

// `name` is what errors call the file. An empty text is a null node.
// Errors: kInvalid with name, line and column.
Result<YamlNode> ParseYaml(std::string_view text, const std::string& name,
                           std::size_t size_bytes_max = kYamlSizeBytesMax);

}  // namespace eider::config
