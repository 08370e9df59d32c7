// Files that a function's own fleet loads in pieces (`overflow: lambda`).
//
// One call has found a file too much and has sent a message for each of its pieces. Who gets one
// prepares it, and keeps a record of it in a folder of the cut's own; whoever sees the records of
// all pieces commits the file. Each step may be done twice: the commit lets the file in once.
#pragma once

#include <optional>
#include <stop_token>
#include <utility>

#include "eider/app/commands.h"
#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/pipeline/loader.h"
#include "eider/pipeline/outcome.h"
#include "eider/pipeline/services.h"
#include "eider/source/s3_event.h"

namespace eider::app {

// Safe for concurrent calls from several threads.
class FilePieces {
 public:
  // With the records below the warehouse. Nothing: Config::overflow says something else. Errors:
  // kInvalid (no warehouse that is a URI).
  static Result<std::optional<FilePieces>> Open(Session& session);

  explicit FilePieces(Uri place) : place_(std::move(place)) {}

  // Fates: kPrepared (others are not), those of a file that is committed, kFailed. A piece that
  // cannot be right fails its file in the ledger.
  pipeline::Outcome Load(const pipeline::Services& services, const pipeline::LoadOptions& options,
                         const FileRef& file, const source::FilePiece& piece,
                         const std::stop_token& stop) const;

 private:
  Uri place_;  // of records; ends in '/'
};

}  // namespace eider::app
