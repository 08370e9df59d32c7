// Depths, counted without recursion.
#include "eider/engine/input_check.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/gzip.h"
#include "eider/engine/parquet_footer.h"
#include "eider/engine/parquet_metadata.h"

namespace eider::engine {
namespace {

constexpr std::string_view kGzipMagic = "\x1f\x8b";

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

// Nothing when it cannot be read.
std::optional<std::string> Beginning(store::ObjectReader& reader, std::uint64_t bytes_max) {
  std::string bytes(std::min(reader.info().size_bytes, bytes_max), '\0');
  if (!reader.ReadAt(0, bytes)) return std::nullopt;
  return bytes;
}

// Where the text is nested deeper than the limit. Brackets in strings do not count.
std::optional<std::size_t> TooDeepAt(std::string_view text) {
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case '{':
      case '[':
        if (++depth > kJsonDepthMax) return i;
        break;
      case '}':
      case ']':
        --depth;
        break;
      case '"':
        for (++i; i < text.size() && text[i] != '"'; ++i) {
          if (text[i] == '\\') ++i;
        }
        break;
      default:
        break;
    }
  }
  return std::nullopt;
}

Status CheckJson(store::ObjectReader& reader) {
  auto text = Beginning(reader, kJsonBytesChecked);
  if (!text) return {};
  if (text->starts_with(kGzipMagic)) text = codec::GunzipBeginning(*text, kJsonBytesChecked);
  const std::size_t first = text->find_first_not_of(" \t\r\n");
  if (first == std::string::npos || ((*text)[first] != '{' && (*text)[first] != '[')) return {};
  const auto place = TooDeepAt(*text);
  if (!place) return {};
  return Fail(Code::kUnsupported,
              fmt::format("the JSON of {} is nested deeper than {} levels, at byte {}; DuckDB's "
                          "reader does not survive such files",
                          reader.info().uri.ToString(), kJsonDepthMax, *place));
}

Status CheckParquet(store::ObjectReader& reader) {
  const auto tail = ReadParquetTail(reader);
  if (!tail || tail->empty()) return {};
  const std::string file = reader.info().uri.ToString();
  auto depth = ReadParquetSchemaDepth(*tail);
  if (!depth) return Fail("file " + file, std::move(depth).error());
  if (*depth <= kParquetDepthMax) return {};
  return Fail(Code::kUnsupported,
              fmt::format("the Parquet schema of {} is nested {} deep, at most {}; DuckDB's reader "
                          "does not survive such files",
                          file, *depth, kParquetDepthMax));
}

}  // namespace

bool MayBeReadAsJson(std::string_view uri, std::string_view sql) {
  constexpr auto kEndings = std::to_array<std::string_view>({".json", ".jsonl", ".ndjson"});
  std::string name = LowerCase(uri);
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  if (std::ranges::any_of(kEndings,
                          [&](std::string_view ending) { return name.ends_with(ending); })) {
    return true;
  }
  const std::string lower = LowerCase(sql);
  return lower.find("json") != std::string::npos;
}

Status CheckInput(store::ObjectReader& reader, bool as_json) {
  EIDER_CHECK(CheckParquet(reader));
  return as_json ? CheckJson(reader) : Status();
}

}  // namespace eider::engine
