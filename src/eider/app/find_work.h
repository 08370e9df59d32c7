// What the arguments of `eider run` and `eider explain` name: files, and records that name none.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "eider/app/commands.h"
#include "eider/app/work_journal.h"
#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/source/command_line.h"
#include "eider/source/s3_event.h"

namespace eider::app {

// What is to be done, from arguments, event and ledger.
struct Work {
  source::Listing listing;
  std::vector<source::BadRecord> bad_records;
};

struct WorkOptions {
  std::vector<std::string> uris;
  std::string event;          // path, "-" for standard input; empty: none
  bool held = false;          // the files in the ledger that are held
  std::string held_for = {};  // those that wait for a change of this table; empty: none
};

// Errors: kInvalid (an argument that is no URI or path, an event that is none), those of reading
// the event and of the ledger.
Result<Work> FindWork(Session& session, const WorkOptions& options);

// What a path names: a file of at most so many bytes, a pipe, or standard input ("-"). What was
// read of a stream is in none any more: a worker that follows another gets what that one read.
// Errors: kInvalid (more than a stream or the file may have), those of reading.
Result<std::string> ReadInput(Session& session, const std::string& path,
                              std::size_t file_bytes_max);

// Takes the files out whose outcomes an earlier worker of this run has told. `journal`: null: there
// was none.
void RemoveTold(const WorkJournal* journal, source::Listing& listing);

// The one file that an option of the command line names. Errors: kInvalid (it is none, or several),
// those of asking the store for it.
Result<FileRef> FindOneFile(Session& session, const std::string& option, const std::string& uri);

}  // namespace eider::app
