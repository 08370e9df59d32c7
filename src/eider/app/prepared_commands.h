// `eider prepare` and `eider commit`: the two halves of a load, as commands of their own.
#pragma once

#include <string>
#include <vector>

#include "eider/app/commands.h"
#include "eider/base/result.h"

namespace eider::app {

struct PrepareOptions {
  std::vector<std::string> uris;
  std::string event;     // path, "-" for standard input; empty: none
  std::string list;      // path or URI, a URI in each line; "-" for standard input; empty: none
  std::string place;     // where records go
  bool again = false;    // also files that a record there has
  std::string clean;     // removes records that are older than so; empty: prepares
  std::string part;      // "K/N": of the one file only this piece; empty: all
  bool verbose = false;  // as RunOptions::verbose
};

Result<int> PrepareCommand(Session& session, const PrepareOptions& options);

struct CommitOptions {
  std::vector<std::string> records;  // records, or where they lie
  std::size_t files_per_commit = 10'000;
  bool verbose = false;
};

Result<int> CommitCommand(Session& session, const CommitOptions& options);

}  // namespace eider::app
