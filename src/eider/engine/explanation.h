// What a query would do to a table, told without doing it.
#pragma once

#include <string>
#include <vector>

#include "eider/base/result.h"
#include "eider/engine/query_plan.h"
#include "eider/engine/query_session.h"
#include "eider/engine/sql_engine.h"
#include "eider/iceberg/schema.h"

namespace eider::engine {

// `plan` is that of the query, bound in the session and with its part, and is used up. Errors: as
// SqlEngine::Explain.
Result<Explanation> ExplainPlan(QueryPlan& plan, QuerySession& session, const Query& query,
                                const iceberg::Schema* table, const std::string& table_name);

// Written::readers.
std::string ToText(const std::vector<ExplainedReader>& readers);

}  // namespace eider::engine
