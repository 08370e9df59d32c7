// A request as libcurl's options.
#pragma once

#include <string>

#include <curl/curl.h>

#include "eider/base/result.h"
#include "eider/http/curl_transport.h"
#include "eider/http/transport.h"

namespace eider::http {

// The header lines of a request, in libcurl's list. Outlives the exchange.
class CurlHeaders {
 public:
  explicit CurlHeaders(const Request& request);

  ~CurlHeaders() { curl_slist_free_all(list_); }

  CurlHeaders(const CurlHeaders&) = delete;
  CurlHeaders& operator=(const CurlHeaders&) = delete;

  curl_slist* list() const { return list_; }

 private:
  curl_slist* list_ = nullptr;
};

// Errors: kInvalid (no http or https URL, a user name in it, a header or method of several lines).
Status CheckRequest(const Request& request);

// Sets every option anew. Borrows the request and the headers.
void SetUp(CURL* easy, const Request& request, const CurlHeaders& headers,
           const CurlOptions& options);

// The URL as messages show it: without its query, where signatures and tokens may stand.
std::string ShownUrl(const Request& request);

}  // namespace eider::http
