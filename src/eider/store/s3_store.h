// Objects in S3.
//
// S3 keeps what it has confirmed and shows it to all at once, so that there is nothing to flush and
// nothing half-written to see. Requests are signed, sent and repeated by aws::ServiceClient; here
// is what they mean.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "eider/aws/service_client.h"
#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/object_deeds.h"
#include "eider/store/object_store.h"
#include "eider/store/s3_address.h"
#include "eider/store/s3_put.h"
#include "eider/store/s3_reader.h"
#include "eider/store/s3_requests.h"
#include "eider/store/started_puts.h"
#include "eider/store/task_pool.h"

namespace eider::store {

struct S3Options {
  S3Endpoint endpoint;
  std::string region;
  S3ReadLimits reading = {};
  int connections_max = 8;  // of ranges and parts that go side by side, over all objects
};

class S3Store final : public ObjectStore, public ObjectDeeds {
 public:
  // What the store works with. Borrowed; all outlive it.
  struct Deps {
    aws::ServiceClient& client;  // for service "s3"
    Clock& clock;
    Random& random;
  };

  S3Store(S3Options options, const Deps& deps);

  // Beyond the contract, of all: kInvalid for a bucket of another region.
  Result<ObjectInfo> Stat(const Uri& uri) override;
  Result<std::unique_ptr<ObjectReader>> Open(const Uri& uri,
                                             const OpenOptions& options = {}) override;
  Result<std::map<std::string, std::string>> Tags(const Uri& uri,
                                                  const std::string& version_id) override;
  Status Put(const Uri& uri, std::string_view bytes, PutMode mode) override;
  Status PutSoon(const Uri& uri, std::string bytes, PutMode mode) override;
  Result<std::unique_ptr<ObjectUpload>> StartUpload(const Uri& uri) override;
  Status List(const Uri& prefix, const std::function<bool(const ObjectInfo&)>& visit) override;
  Status Remove(const Uri& uri) override;

  // By S3 itself. It copies objects of at most 5 GiB at once; larger ones give kUnsupported.
  Status Copy(const Uri& from, const OpenOptions& which, const Uri& to) override;
  Status Move(const Uri& from, const OpenOptions& which, const Uri& to) override;
  Status RemoveIf(const Uri& uri, const std::string& etag) override;
  Status SetTags(const Uri& uri, const std::string& version_id,
                 const std::map<std::string, std::string>& tags) override;

  bool HasEtagsOfS3(const Uri& /*uri*/) const override { return true; }

  // What S3 has confirmed survives.
  Status Sync(std::span<const Uri> objects) override { return started_.Await(objects); }

 private:
  S3ReadLimits read_limits_;
  S3Requests requests_;
  S3Writing writing_;
  StartedPuts started_{writing_, pool_};
  TaskPool pool_;  // last: its tasks use the rest
};

}  // namespace eider::store
