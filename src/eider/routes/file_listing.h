// Routes of a file, as they are read from it one after the other.
//
// A file is what people write: an attribute that means nothing is a slip of the pen, and a key that
// comes twice has no route, because nobody can say which of the two is meant.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "eider/codec/json.h"
#include "eider/routes/route_schema.h"
#include "eider/routes/route_store.h"

namespace eider::routes {

class FileListing {
 public:
  // The line of an attribute of the item, by its path.
  using LineOf = std::function<int(std::string_view path)>;

  explicit FileListing(std::string file) : file_(std::move(file)) {}

  // Adds the item's route, or what is wrong with it. `line` is that of its key.
  void Add(codec::Json item, int line, const LineOf& line_of);

  void AddProblem(const std::string& key, int line, std::string message);

  RouteListing Take() && { return std::move(listing_); }

 private:
  std::string file_;
  RouteSchema schema_;
  std::map<std::string, int> lines_;  // of the keys so far
  RouteListing listing_;
};

}  // namespace eider::routes
