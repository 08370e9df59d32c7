// Records of the pieces of a file, put together again: the file comes in as a whole or not at all.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/pipeline/prepared_record.h"

namespace eider::pipeline {

// Used by one thread.
class PreparedPieces {
 public:
  // Of a piece that is there already the first record counts. Gives the record of the whole file
  // when its last piece came. Errors: kConflict (the pieces are not of one load: they have other
  // routes, or tables that were made anew), kUnsupported (they want another schema of their table).
  Result<std::optional<PreparedRecord>> Add(PreparedRecord record);

  struct Lacking {
    FileRef file;
    std::vector<int> missing;  // numbers of pieces
    int of = 0;
  };

  // The files of which pieces have come, and not all.
  std::vector<Lacking> Incomplete() const;

 private:
  using Pieces = std::map<int, PreparedRecord>;  // by number

  std::map<std::pair<std::string, int>, Pieces> files_;  // by IdentityOf and number of pieces
  std::set<std::string> whole_;                          // by IdentityOf: what was given
};

}  // namespace eider::pipeline
