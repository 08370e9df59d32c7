// The transport seam: one HTTP exchange, with what is known when it fails.
//
// A failure tells whether the request can have had an effect, because the caller decides by that
// alone: kUnavailable surely had none, kOutcomeUnknown may have had one. An answer of any status is
// no failure here.
#pragma once

#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/result.h"

namespace eider::http {

struct Header {
  std::string name;  // in a response: lower case
  std::string value;
};

struct Request {
  std::string method = "GET";
  std::string url;  // absolute, percent-encoded; http:// or https://
  std::vector<Header> headers = {};
  std::string_view body = {};  // borrowed until Send returns
  // Where the body of a 2xx answer goes; empty: into Response::body. Borrowed until Send returns.
  std::span<char> sink = {};
  Milliseconds connect_timeout{5'000};
  Milliseconds timeout{60'000};                // of the whole exchange; 0: no end to it
  std::uint64_t body_bytes_max = 256U << 20U;  // a larger answer fails with kCorrupt
};

struct Response {
  int status = 0;
  std::vector<Header> headers = {};
  std::string body = {};
  std::size_t sink_bytes = 0;  // written to Request::sink

  // The value of the header of that lower-case name; empty when there is none.
  std::string_view Find(std::string_view name) const;
};

// Safe for concurrent calls from several threads; connections are kept and reused.
class Transport {
 public:
  virtual ~Transport() = default;

  // Sends one request; follows no redirect and repeats nothing.
  // Errors: kInvalid (the URL), kUnavailable (the request surely was not sent: name, connection,
  // TLS handshake), kOutcomeUnknown (sent, but time ran out, the connection broke, or the body was
  // cut off), kDenied (the peer's certificate is not trusted), kCorrupt (a body larger than its
  // limit or its sink), kCancelled (stop).
  virtual Result<Response> Send(const Request& request, const std::stop_token& stop) = 0;
};

}  // namespace eider::http
