// What comes back during one exchange, as libcurl hands it over piece by piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <curl/curl.h>

#include "eider/http/transport.h"

namespace eider::http {

// Borrows the request and the handle; stays where it is while libcurl knows its address.
class CurlAnswer {
 public:
  CurlAnswer(const Request& request, CURL* easy) : request_(request), easy_(easy) {}

  CurlAnswer(const CurlAnswer&) = delete;
  CurlAnswer& operator=(const CurlAnswer&) = delete;

  // Makes the handle call this object.
  void Listen();

  // True once bytes of the request may have been on their way: before, there was no effect.
  bool may_be_sent() const { return connections_ > 0; }

  // True when the exchange was ended because libcurl was about to send the request once more, on a
  // new connection, after the old one broke without an answer.
  bool is_repetition() const { return connections_ > 1; }

  // True when the body or the headers went beyond their limit.
  bool is_too_large() const { return is_too_large_; }

  Response& response() { return response_; }

 private:
  static std::size_t OnHeader(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t OnBody(char* data, std::size_t size, std::size_t count, void* self);
  static int OnConnected(void* self, char*, char*, int, int);

  bool TakeHeaderLine(std::string_view line);
  bool TakeBody(std::string_view bytes);

  const Request& request_;
  CURL* easy_;
  Response response_;
  std::size_t header_bytes_ = 0;
  int connections_ = 0;
  bool is_too_large_ = false;
};

}  // namespace eider::http
