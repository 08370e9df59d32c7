// The rows that a query sets aside, as rows of a table of rejects.
#pragma once

#include <stop_token>

#include "eider/base/result.h"
#include "eider/engine/query_session.h"
#include "eider/engine/sandbox.h"
#include "eider/engine/sql_engine.h"
#include "eider/store/object_store.h"

namespace eider::engine {

// `session` is new, with KeepRejects. Errors: as SqlEngine::RunRejects.
Result<Written> WriteRejects(QuerySession& session, Sandbox& sandbox, store::ObjectStore& store,
                             const PartQuery& part, const WriteTarget& rejects,
                             const std::stop_token& stop);

}  // namespace eider::engine
