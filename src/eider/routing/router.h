// From a file to its route: the configured strategies give keys in order, the first key with a
// route wins.
//
// Strategies: `bucket` (the bucket's name) and `folder` or `folder:N` (the N-th segment of the
// decoded key, from 0; the object's own name is no folder).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/routing/route.h"
#include "eider/routing/route_store.h"

namespace eider::routing {

struct Strategy {
  enum class Kind : std::uint8_t { kBucket, kFolder };
  Kind kind = Kind::kBucket;
  int folder_index = 0;

  // Errors: kInvalid naming the known strategies.
  static Result<Strategy> Parse(std::string_view text);

  std::string ToString() const;

  // The key this strategy gives for the file; empty when it gives none.
  std::string KeyFor(const FileRef& file) const;
};

// Safe for concurrent calls from several threads. Borrows the store.
class Router {
 public:
  Router(RouteStore& store, std::vector<Strategy> strategies);

  // The file's route. Errors: kNotFound, with every strategy and key that was tried, when it is
  // unrouted; kInvalid when its route is wrong; those of RouteStore::Find.
  Result<Route> FindRoute(const FileRef& file) const;

 private:
  RouteStore& store_;
  std::vector<Strategy> strategies_;
};

}  // namespace eider::routing
