// What is done with objects that are somebody else's, once their content was read: copies, moves,
// removals and tags of one content of an object. Where another content is there by now, nothing is
// done (kConflict, superseded).
#pragma once

#include <map>
#include <string>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/object_store.h"

namespace eider::store {

// Safe for concurrent calls from several threads.
class ObjectDeeds {
 public:
  virtual ~ObjectDeeds() = default;

  // Puts a copy of the content at `to`, whole or not at all, over an object of that name. Errors:
  // kNotFound, kConflict, kUnsupported (larger than the store copies), kDenied, kUnavailable,
  // kOutcomeUnknown.
  virtual Status Copy(const Uri& from, const OpenOptions& which, const Uri& to) = 0;

  // The same, and the object is not at `from` any more. Errors: those of Copy; the copy may be
  // there after them.
  virtual Status Move(const Uri& from, const OpenOptions& which, const Uri& to) = 0;

  // Removes the object; one that is not there is no error. Where the store keeps versions, the
  // content stays one. `etag`: empty: whatever is there. Errors: kConflict, kDenied, kUnavailable.
  virtual Status RemoveIf(const Uri& uri, const std::string& etag) = 0;

  // Makes these the object's tags, in the place of all that it has. `version_id`: as in
  // OpenOptions. Errors: kUnsupported (the store has none), kNotFound, kDenied, kUnavailable,
  // kInvalid (more or other tags than the store takes).
  virtual Status SetTags(const Uri& uri, const std::string& version_id,
                         const std::map<std::string, std::string>& tags) = 0;
};

// By what every store can do: contents go through this process, and there are no tags. Borrows the
// store.
class PlainDeeds : public ObjectDeeds {
 public:
  explicit PlainDeeds(ObjectStore& store) : store_(store) {}

  Status Copy(const Uri& from, const OpenOptions& which, const Uri& to) override;
  Status Move(const Uri& from, const OpenOptions& which, const Uri& to) override;
  Status RemoveIf(const Uri& uri, const std::string& etag) override;
  Status SetTags(const Uri& uri, const std::string& version_id,
                 const std::map<std::string, std::string>& tags) override;

 private:
  ObjectStore& store_;
};

}  // namespace eider::store
