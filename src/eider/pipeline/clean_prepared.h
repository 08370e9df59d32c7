// Prepared records that nobody needs any more, and what they alone refer to.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/pipeline/prepared_record.h"
#include "eider/pipeline/services.h"

namespace eider::pipeline {

struct RecordToClean {
  Uri uri;
  PreparedRecord record;
};

struct CleanOptions {
  // Records that stay, by IdentityOf their files: those files go on being HELD for them.
  std::map<std::string, std::string> others = {};
  // A file whose claim broke off after then may still have its commit on its way.
  TimePoint broken_before{};
  Milliseconds lease{300'000};
  std::string program = {};  // as LoadOptions::program
};

struct Cleaned {
  std::size_t records = 0;
  std::size_t data_files = 0;
  std::size_t in_work = 0;  // records that stay, because files of theirs are in work
};

// Removes the records, and those of their data files that no snapshot of their table has. Their
// files are claimed meanwhile, so that no commit is on its way; those that are not LOADED are
// SKIPPED afterwards. May be stopped anywhere and run again. Errors: those of ledger, catalog and
// store.
Result<Cleaned> CleanPrepared(const Services& services, const std::vector<RecordToClean>& records,
                              const CleanOptions& options);

}  // namespace eider::pipeline
