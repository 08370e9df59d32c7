// libcurl's handles, owned, and a pool of them.
//
// A handle is an easy handle with a multi handle of its own, which keeps the connections and can
// be woken from another thread. The pool hands out the handle that came back last: its connection
// is the likeliest to be alive.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include <curl/curl.h>

#include "eider/base/result.h"

namespace eider::http {

// Used by one thread at a time.
class CurlHandle {
 public:
  // Errors: kUnavailable (no memory, no sockets).
  static Result<CurlHandle> Make();

  CURL* easy() const { return easy_.get(); }

  CURLM* multi() const { return multi_.get(); }

 private:
  struct CloseEasy {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };

  struct CloseMulti {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };

  CurlHandle() = default;

  // In this order: the easy handle goes first.
  std::unique_ptr<CURLM, CloseMulti> multi_;
  std::unique_ptr<CURL, CloseEasy> easy_;
};

// Safe for concurrent calls from several threads.
class CurlPool {
 public:
  // Errors: those of CurlHandle::Make.
  Result<CurlHandle> Take();
  void GiveBack(CurlHandle handle);

 private:
  std::mutex mutex_;  // guards idle_
  std::vector<CurlHandle> idle_;
};

}  // namespace eider::http
