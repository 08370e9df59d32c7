// Objects by location: the one door to S3, local files and memory.
//
// An object appears whole or not at all: Put and ObjectUpload publish by one atomic step, and what
// was not finished is removed. Objects are named by Uri; a store refuses a URI that is not its own
// with kInvalid.
//
// kNotFound says that the store itself was asked and has no such object: callers take it for gone.
// A bucket that is not there, or its folder, is kInvalid; an answer that may be a proxy's is
// kUnavailable.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"

namespace eider::store {

struct ObjectInfo {
  Uri uri;
  std::uint64_t size_bytes = 0;
  std::string etag;        // changes whenever the content does
  std::string version_id;  // empty where the store keeps no versions
  TimePoint modified{};
  // What the writer of the object said of it, by name in lower case (of S3: x-amz-meta-<name>).
  // Values are as S3 sends them: what is not ASCII is encoded as RFC 2047 says. Empty in listings,
  // and of local files.
  std::map<std::string, std::string> metadata = {};
};

// One content of one object, held still: a replacement of the object does not change what an open
// reader returns (it fails with kConflict where the store cannot hold the content).
// Safe for concurrent calls from several threads.
class ObjectReader {
 public:
  virtual ~ObjectReader() = default;

  virtual const ObjectInfo& info() const = 0;

  // Fills `out` from byte `offset`. The range must lie inside the object.
  // Errors: kInvalid (range), kConflict (replaced meanwhile), kUnavailable, kDenied, kCancelled.
  virtual Status ReadAt(std::uint64_t offset, std::span<char> out) = 0;
};

// An object on its way in. Used by one thread at a time. Destroyed without a successful Finish, it
// leaves nothing behind.
class ObjectUpload {
 public:
  virtual ~ObjectUpload() = default;

  // Appends bytes. Errors: kUnavailable, kDenied.
  virtual Status Write(std::string_view bytes) = 0;

  // Publishes the object, replacing one of the same name. Call at most once.
  // Errors: kUnavailable, kDenied, kOutcomeUnknown.
  virtual Status Finish() = 0;

  // The same for an object of a name that nobody else uses: it may be on its way yet, and is there
  // when a Sync of it succeeds.
  virtual Status FinishSoon() { return Finish(); }
};

// Which content to open, and how long to wait for it.
struct OpenOptions {
  std::string etag = {};        // empty: any content; else only the one with this ETag
  std::string version_id = {};  // empty: the present version. Ignored where there are no versions
  std::stop_token stop = {};    // ends the opening and every read of the reader early
};

enum class PutMode : std::uint8_t { kReplace, kIfAbsent };

// Safe for concurrent calls from several threads.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  // Errors: kNotFound, kDenied, kUnavailable.
  virtual Result<ObjectInfo> Stat(const Uri& uri) = 0;

  // Opens the object's content, by one request where that suffices.
  // Errors: kNotFound, kConflict (superseded: the ETag is another by now), kDenied, kUnavailable,
  // kCancelled.
  virtual Result<std::unique_ptr<ObjectReader>> Open(const Uri& uri,
                                                     const OpenOptions& options = {}) = 0;

  // The object's tags, by name. `version_id`: as in OpenOptions. Local files have none.
  // Errors: kNotFound, kDenied, kUnavailable.
  virtual Result<std::map<std::string, std::string>> Tags(const Uri& uri,
                                                          const std::string& version_id) = 0;

  // Whether this store's ETags of the object are those of S3's events. Asks nobody.
  virtual bool HasEtagsOfS3(const Uri& uri) const = 0;

  // Writes a whole object at once. Errors: kAlreadyExists (kIfAbsent only), kDenied, kUnavailable,
  // kOutcomeUnknown.
  virtual Status Put(const Uri& uri, std::string_view bytes, PutMode mode) = 0;

  // Writes a whole object of a name that nobody else uses. It may be on its way yet, so that
  // several go side by side: it is there when a Sync of it succeeds, and can be opened at once.
  // Errors: those of Put.
  virtual Status PutSoon(const Uri& uri, std::string bytes, PutMode mode) {
    return Put(uri, bytes, mode);
  }

  // Starts writing an object of unknown size. Errors: kDenied, kUnavailable.
  virtual Result<std::unique_ptr<ObjectUpload>> StartUpload(const Uri& uri) = 0;

  // Calls `visit` for every object whose key begins with the prefix, in key order, until it
  // returns false. A prefix that matches nothing is no error. Errors: kDenied, kUnavailable.
  virtual Status List(const Uri& prefix, const std::function<bool(const ObjectInfo&)>& visit) = 0;

  // Removes the object; one that is not there is no error. Errors: kDenied, kUnavailable.
  virtual Status Remove(const Uri& uri) = 0;

  // Waits for those of the objects that are on their way, and makes what this store has published
  // survive a loss of power. To be called before anything durable refers to them. Errors:
  // kUnavailable (they may or may not survive), those of Put; what has failed is tried again by the
  // next call.
  virtual Status Sync(std::span<const Uri> objects) = 0;
};

// That what `expected` asks for is not what is there any more: kConflict, "superseded".
Error Superseded(const OpenOptions& expected, const ObjectInfo& present);

// The whole content of an object. Errors: those of Open and ReadAt; kInvalid when it is larger than
// `size_bytes_max`.
Result<std::string> ReadAll(ObjectStore& store, const Uri& uri, std::uint64_t size_bytes_max);

}  // namespace eider::store
