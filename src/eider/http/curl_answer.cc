#include "eider/http/curl_answer.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <curl/curl.h>

#include "eider/base/lower_case.h"

namespace eider::http {
namespace {

constexpr std::size_t kHeaderBytesMax = 256U << 10U;

// Room made for a body before its bytes are there; a Content-Length may claim anything.
constexpr std::uint64_t kReservedBytesMax = 16U << 20U;

constexpr std::string_view kBlank = " \t\r\n";

std::string_view Trimmed(std::string_view text) {
  const std::size_t start = text.find_first_not_of(kBlank);
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(kBlank) - start + 1);
}

// The status of "HTTP/1.1 206 Partial Content"; 0 when there is none.
int StatusOf(std::string_view line) {
  const std::size_t space = line.find(' ');
  int status = 0;
  if (space != std::string_view::npos) {
    std::from_chars(line.data() + space + 1, line.data() + line.size(), status);
  }
  return status;
}

}  // namespace

void CurlAnswer::Listen() {
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &CurlAnswer::OnHeader);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &CurlAnswer::OnBody);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy_, CURLOPT_PREREQFUNCTION, &CurlAnswer::OnConnected);
  curl_easy_setopt(easy_, CURLOPT_PREREQDATA, this);
}

std::size_t CurlAnswer::OnHeader(char* data, std::size_t size, std::size_t count, void* self) {
  const std::string_view line(data, size * count);
  return static_cast<CurlAnswer*>(self)->TakeHeaderLine(line) ? line.size() : 0;
}

std::size_t CurlAnswer::OnBody(char* data, std::size_t size, std::size_t count, void* self) {
  const std::string_view bytes(data, size * count);
  // Zero would be a success for no bytes; any other number than the size ends the exchange.
  return static_cast<CurlAnswer*>(self)->TakeBody(bytes) ? bytes.size() : bytes.size() + 1;
}

// Called when a connection stands, before the request goes over it.
int CurlAnswer::OnConnected(void* self, char*, char*, int, int) {
  auto* answer = static_cast<CurlAnswer*>(self);
  ++answer->connections_;
  return answer->is_repetition() ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

bool CurlAnswer::TakeHeaderLine(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > kHeaderBytesMax) {
    is_too_large_ = true;
    return false;
  }
  if (line.starts_with("HTTP/")) {  // a new answer: what came before it was an interim one
    response_.headers.clear();
    response_.status = StatusOf(line);
    return true;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return true;  // the empty line at the end
  response_.headers.push_back(
      {LowerCase(Trimmed(line.substr(0, colon))), std::string(Trimmed(line.substr(colon + 1)))});
  return true;
}

bool CurlAnswer::TakeBody(std::string_view bytes) {
  const bool is_success = response_.status >= 200 && response_.status < 300;
  if (is_success && !request_.sink.empty()) {
    if (bytes.size() > request_.sink.size() - response_.sink_bytes) {
      is_too_large_ = true;
      return false;
    }
    std::ranges::copy(bytes, request_.sink.data() + response_.sink_bytes);
    response_.sink_bytes += bytes.size();
    return true;
  }
  if (bytes.size() > request_.body_bytes_max - response_.body.size()) {
    is_too_large_ = true;
    return false;
  }
  if (response_.body.empty()) {
    curl_off_t length = 0;
    curl_easy_getinfo(easy_, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    if (length > 0) {
      response_.body.reserve(std::min(
          {static_cast<std::uint64_t>(length), kReservedBytesMax, request_.body_bytes_max}));
    }
  }
  response_.body += bytes;
  return true;
}

}  // namespace eider::http
