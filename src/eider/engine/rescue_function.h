// The functions of SQL by which a projection gathers, as JSON, what fits no column of a table.
//
// eider_json(value): the value as JSON, exact as row_json.h has it; null of null.
// eider_json_text(text): the text itself where it is JSON.
// eider_json_object(name, json, …): an object of those that are not null, in their order; null
// where all are.
// eider_rescued(name, json, …): the same for a row of a table, which is counted.
#pragma once

#include <vector>

#include <duckdb/function/scalar_function.hpp>
#include <duckdb/main/client_context.hpp>

#include "eider/engine/written.h"

namespace eider::engine {

std::vector<duckdb::ScalarFunction> RescueFunctions();

// Counts, in all queries of a context, which is borrowed, the rows of which eider_rescued made
// something.
class RescueCount {
 public:
  explicit RescueCount(duckdb::ClientContext& context);
  ~RescueCount();

  RescueCount(const RescueCount&) = delete;
  RescueCount& operator=(const RescueCount&) = delete;

  Rescued rescued() const;

  struct State;

 private:
  duckdb::ClientContext& context_;
  duckdb::shared_ptr<State> state_;  // shared: the context keeps one too
};

}  // namespace eider::engine
