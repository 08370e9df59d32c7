#include "eider/routes/file_listing.h"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "eider/codec/json.h"
#include "eider/routes/route_attributes.h"
#include "eider/routes/route_schema.h"

namespace eider::routes {

void FileListing::Add(codec::Json item, int line, const LineOf& line_of) {
  DecodedRoute decoded = DecodeChecked(std::move(item), schema_);
  const std::string key = decoded.partition_key;
  for (AttributeProblem& unknown : decoded.unknown) {
    AddProblem(key, line_of(unknown.path), std::move(unknown.message));
  }
  for (AttributeProblem& problem : decoded.problems) {
    AddProblem(key, line_of(problem.path), std::move(problem.message));
  }
  if (!key.empty()) {
    const auto [first, is_new] = lines_.emplace(key, line);
    if (!is_new) {
      AddProblem(key, line,
                 fmt::format("a PartitionKey has one route, but '{}' has another in "
                             "line {}",
                             key, first->second));
      return;
    }
  }
  if (decoded.route && decoded.unknown.empty()) {
    listing_.routes.push_back(*std::move(decoded.route));
  }
}

void FileListing::AddProblem(const std::string& key, int line, std::string message) {
  listing_.problems.push_back({key, fmt::format("{}:{}", file_, line), std::move(message)});
}

}  // namespace eider::routes
