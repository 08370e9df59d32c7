// One local file on its way in: written under a hidden name beside its target, then renamed.
//
// Nobody sees a part of it: the name appears by one atomic step. The hidden name is
// `.<name>.<random>.eider-tmp`; what a killed process leaves behind under it is never listed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "eider/base/result.h"
#include "eider/store/file_descriptor.h"
#include "eider/store/local_path.h"
#include "eider/store/object_store.h"
#include "eider/store/unsynced_file_systems.h"

namespace eider::store {

// True for names that uploads use on the way.
bool IsTemporaryName(std::string_view name);

struct UploadOptions {
  UnsyncedFileSystems& unsynced;  // borrowed, outlives the upload
  Resolver resolver = Resolver::kKernel;
  std::uint64_t random = 0;  // makes the hidden name this upload's own
};

class LocalUpload final : public ObjectUpload {
 public:
  // Makes the folders above `target` where they are missing. Errors: kInvalid, kDenied,
  // kUnavailable.
  static Result<std::unique_ptr<LocalUpload>> Start(const LocalPath& target,
                                                    const UploadOptions& options);
  ~LocalUpload() override;

  LocalUpload(const LocalUpload&) = delete;
  LocalUpload& operator=(const LocalUpload&) = delete;

  Status Write(std::string_view bytes) override;

  Status Finish() override { return Publish(PutMode::kReplace); }

  // Finish with a choice. Errors also: kAlreadyExists (kIfAbsent), kInvalid (a folder in the way).
  Status Publish(PutMode mode);

 private:
  LocalUpload(const LocalPath& target, const UploadOptions& options);

  Status WriteThrough(std::string_view bytes);
  int Rename(PutMode mode) const;

  std::string path() const { return target_.ToString(); }

  LocalPath target_;
  std::string name_;       // the target's, in folder_
  std::string temporary_;  // the hidden one, in folder_; empty when there is none
  UnsyncedFileSystems& unsynced_;
  FileDescriptor folder_;
  FileDescriptor file_;
  std::string buffer_;
};

}  // namespace eider::store
