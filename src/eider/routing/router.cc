// Keys by strategy, and the first of them that has a route.
#include "eider/routing/router.h"

#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/routing/route.h"
#include "eider/routing/route_store.h"

namespace eider::routing {
namespace {

constexpr std::string_view kBucket = "bucket";
constexpr std::string_view kFolder = "folder";
constexpr int kFolderIndexMax = 1'000;  // an S3 key has at most 1,024 bytes

// The N-th of the segments that a slash follows; empty when there is none.
std::string_view FolderOf(std::string_view key, int index) {
  for (int i = 0;; ++i) {
    const std::size_t slash = key.find('/');
    if (slash == std::string_view::npos) return {};
    if (i == index) return key.substr(0, slash);
    key.remove_prefix(slash + 1);
  }
}

}  // namespace

Result<Strategy> Strategy::Parse(std::string_view text) {
  if (text == kBucket) return Strategy{Kind::kBucket, 0};
  if (text == kFolder) return Strategy{Kind::kFolder, 0};
  if (text.starts_with(kFolder) && text.substr(kFolder.size()).starts_with(':')) {
    const std::string_view number = text.substr(kFolder.size() + 1);
    const char* const number_end = number.data() + number.size();
    int index = 0;
    const auto [end, failure] = std::from_chars(number.data(), number_end, index);
    if (failure == std::errc() && end == number_end && index >= 0 && index <= kFolderIndexMax) {
      return Strategy{Kind::kFolder, index};
    }
  }
  return Fail(Code::kInvalid,
              fmt::format("unknown routing strategy; there are bucket, folder (the first folder of "
                          "the key) and folder:N (the N-th, from 0): '{}'",
                          text));
}

std::string Strategy::ToString() const {
  if (kind == Kind::kBucket) return std::string(kBucket);
  return folder_index == 0 ? std::string(kFolder) : fmt::format("{}:{}", kFolder, folder_index);
}

std::string Strategy::KeyFor(const FileRef& file) const {
  if (kind == Kind::kBucket) return file.uri.bucket;
  std::string_view key = file.uri.key;
  if (file.uri.scheme == "file" && key.starts_with('/')) key.remove_prefix(1);
  return std::string(FolderOf(key, folder_index));
}

Router::Router(RouteStore& store, std::vector<Strategy> strategies)
    : store_(store), strategies_(std::move(strategies)) {}

Result<Route> Router::FindRoute(const FileRef& file) const {
  std::vector<std::string> tried;
  std::vector<std::string> keys;
  for (const Strategy& strategy : strategies_) {
    const std::string key = strategy.KeyFor(file);
    if (key.empty()) {
      tried.push_back(fmt::format("{} gives no key", strategy.ToString()));
      continue;
    }
    EIDER_ASSIGN(auto route, store_.Find(key));
    if (route) return *std::move(route);
    tried.push_back(fmt::format("{} gives '{}', which has none", strategy.ToString(), key));
    keys.push_back(fmt::format("'{}'", key));
  }
  const std::string advice =
      keys.empty() ? "configure a strategy that gives a key for it"
                   : fmt::format("add a route with PartitionKey {} to the routing table",
                                 fmt::join(keys, " or "));
  return Fail(Code::kNotFound, fmt::format("no route ({}); {}: {}", fmt::join(tried, "; "), advice,
                                           file.uri.ToString()));
}

}  // namespace eider::routing
