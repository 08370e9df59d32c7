// An object on its way into S3: parts go up side by side while it is written.
//
// A small object goes as one plain PUT. Parts are 8 MiB at first and grow, so that S3's limit of
// 10,000 parts is no limit of ours. Memory is bounded: Write waits while too many bytes are on
// their way. The upload is completed by Finish alone; without it, it is aborted.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/object_store.h"
#include "eider/store/s3_put.h"
#include "eider/store/started_puts.h"
#include "eider/store/task_pool.h"

namespace eider::store {

// How large the part of that number (from 1) is. The 10,000 parts hold 8 TiB together.
std::size_t S3PartBytes(int number);

// Used by one thread at a time. Borrows what it works with.
class S3Upload final : public ObjectUpload {
 public:
  S3Upload(const S3Writing& writing, TaskPool& pool, StartedPuts& started, Uri uri);
  ~S3Upload() override;

  Status Write(std::string_view bytes) override;
  Status Finish() override;
  Status FinishSoon() override;

 private:
  Status Create();
  Status SendPart();
  void UploadPart(int number, const std::string& bytes);
  Status WaitForParts();
  Status Complete();
  void Abort();
  S3Request RequestFor(std::string method) const;

  S3Writing writing_;
  TaskPool& pool_;
  StartedPuts& started_;
  const Uri uri_;
  std::string upload_id_;  // empty until the first part is full
  std::string part_;       // being filled
  int parts_ = 0;          // begun
  bool is_published_ = false;
  std::stop_source stop_;

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::size_t bytes_on_the_way_ = 0;
  std::map<int, std::string> etags_;  // by part number
  std::optional<Error> error_;        // the first one
};

}  // namespace eider::store
