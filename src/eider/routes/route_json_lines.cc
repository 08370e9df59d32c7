#include "eider/routes/route_json_lines.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/config/regular_file.h"
#include "eider/routes/file_listing.h"
#include "eider/routes/route_store.h"
#include "eider/routes/yaml_route_store.h"

namespace eider::routes {
namespace {

constexpr std::size_t kFileSizeBytesMax = 512U << 20U;
constexpr std::size_t kLineBytesMax = 1U << 20U;  // an item of DynamoDB has 400 KB
constexpr int kDepthMax = 8;

}  // namespace

RouteListing ParseJsonLines(std::string_view text, const std::string& name) {
  FileListing listing(name);
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    if (line.size() > kLineBytesMax) {
      listing.AddProblem(
          "", number,
          fmt::format("the line has {} bytes, and a route at most {}", line.size(), kLineBytesMax));
      continue;
    }
    auto json = codec::ParseJson(line, kDepthMax);
    if (json) {
      listing.Add(*std::move(json), number, [&](std::string_view) { return number; });
    } else {
      listing.AddProblem(
          "", number,
          fmt::format("a line holds one route as a JSON object: {}", json.error().message));
    }
  }
  return std::move(listing).Take();
}

Result<RouteListing> ReadRoutesFile(const std::string& path) {
  if (path.ends_with(".jsonl") || path.ends_with(".ndjson")) {
    EIDER_ASSIGN(const std::string text, config::ReadTextFile(path, kFileSizeBytesMax));
    RouteListing listing = ParseJsonLines(text, path);
    std::ranges::sort(listing.routes, {}, &Route::partition_key);
    return listing;
  }
  EIDER_ASSIGN(const auto store, OpenYamlRoutes(path));
  return store->List();
}

}  // namespace eider::routes
