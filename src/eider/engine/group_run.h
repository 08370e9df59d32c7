// One query over several files that are alike: each row as if its file were read alone.
#pragma once

#include <span>

#include "eider/base/result.h"
#include "eider/engine/query_session.h"
#include "eider/engine/sandbox.h"
#include "eider/engine/written.h"
#include "eider/store/object_store.h"

namespace eider::engine {

// What SqlEngine::RunGroup is called with, and what it needs. Borrows all; there is a file.
struct GroupRun {
  const Query& query;
  std::span<const InputFile> files;
  const WriteTarget& target;
  Sandbox& sandbox;
  store::ObjectStore& store;
};

// Call once for a session, which nothing was bound in. Errors: as SqlEngine::RunGroup.
Result<GroupWritten> RunTogether(QuerySession& session, const GroupRun& run);

}  // namespace eider::engine
