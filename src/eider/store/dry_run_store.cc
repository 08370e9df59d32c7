// What was written goes before what is there; uploads go nowhere.
#include "eider/store/dry_run_store.h"

#include <memory>
#include <string_view>

#include "eider/base/result.h"

namespace eider::store {
namespace {

class ForgettingUpload final : public ObjectUpload {
 public:
  Status Write(std::string_view /*bytes*/) override { return {}; }

  Status Finish() override { return {}; }
};

}  // namespace

Result<ObjectInfo> DryRunStore::Stat(const Uri& uri) {
  if (auto written = written_.Stat(uri)) return written;
  return store_.Stat(uri);
}

Result<std::unique_ptr<ObjectReader>> DryRunStore::Open(const Uri& uri,
                                                        const OpenOptions& options) {
  if (auto written = written_.Open(uri)) return written;
  return store_.Open(uri, options);
}

Result<std::unique_ptr<ObjectUpload>> DryRunStore::StartUpload(const Uri& /*uri*/) {
  return std::make_unique<ForgettingUpload>();
}

}  // namespace eider::store
