#include "eider/http/curl_handle.h"

#include <cstddef>
#include <mutex>
#include <utility>

#include "eider/base/result.h"

namespace eider::http {
namespace {

// Idle handles beyond this are closed: each may hold a connection.
constexpr std::size_t kIdleHandlesMax = 64;

// Once per process, on first use: it initializes OpenSSL.
bool InitializeCurl() {
  static const bool done = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return done;
}

}  // namespace

Result<CurlHandle> CurlHandle::Make() {
  CurlHandle handle;
  if (InitializeCurl()) {
    handle.multi_.reset(curl_multi_init());
    handle.easy_.reset(curl_easy_init());
  }
  if (!handle.multi_ || !handle.easy_) {
    return Fail(Code::kUnavailable,
                "cannot make another HTTP connection: too little memory or too many open files");
  }
  return handle;
}

Result<CurlHandle> CurlPool::Take() {
  {
    const std::scoped_lock lock(mutex_);
    if (!idle_.empty()) {
      CurlHandle handle = std::move(idle_.back());
      idle_.pop_back();
      return handle;
    }
  }
  return CurlHandle::Make();
}

void CurlPool::GiveBack(CurlHandle handle) {
  const std::scoped_lock lock(mutex_);
  if (idle_.size() < kIdleHandlesMax) idle_.push_back(std::move(handle));
}

}  // namespace eider::http
