// Translation of a request into libcurl's options.
#include "eider/http/curl_request.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <curl/curl.h>
#include <fmt/format.h>

#include "eider/base/lower_case.h"

namespace eider::http {
namespace {

constexpr long kReceiveBufferBytes = 256L << 10U;
constexpr long kSendBufferBytes = 256L << 10U;

// A connection that was idle for longer is not used again: servers close theirs about then.
constexpr long kIdleSecondsMax = 55;
constexpr long kKeepAliveSeconds = 30;

constexpr std::string_view kLineBreaks("\r\n\0", 3);

bool HasLineBreak(std::string_view text) {
  return text.find_first_of(kLineBreaks) != std::string_view::npos;
}

bool IsSameName(std::string_view a, std::string_view b) {
  return LowerCase(a) == LowerCase(b);
}

bool HasHeader(const Request& request, std::string_view name) {
  return std::ranges::any_of(request.headers,
                             [&](const Header& header) { return IsSameName(header.name, name); });
}

// These always carry a body, be it an empty one, so that a Content-Length is sent.
bool CarriesBody(const Request& request) {
  return !request.body.empty() || request.method == "POST" || request.method == "PUT" ||
         request.method == "PATCH";
}

void SetMethod(CURL* easy, const Request& request) {
  if (CarriesBody(request)) {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    // A pointer, also for no bytes: without one libcurl would ask a callback for them.
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
  } else if (request.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else {
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  }
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void SetConnection(CURL* easy, const Request& request) {
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, kKeepAliveSeconds);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, kKeepAliveSeconds);
  curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, kIdleSecondsMax);
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, kReceiveBufferBytes);
  curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, kSendBufferBytes);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(request.connect_timeout.count()));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
}

void SetTls(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
}

}  // namespace

CurlHeaders::CurlHeaders(const Request& request) {
  const auto add = [this](const std::string& line) {
    if (curl_slist* longer = curl_slist_append(list_, line.c_str())) list_ = longer;
  };
  for (const Header& header : request.headers) {
    // libcurl leaves out a header without a value, unless it is written so.
    add(header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
  }
  // Left out, unless asked for: the wait for "100 Continue", and the type of an HTML form.
  if (!HasHeader(request, "expect")) add("Expect:");
  if (!HasHeader(request, "content-type")) add("Content-Type:");
}

Status CheckRequest(const Request& request) {
  const std::string_view url = request.url;
  const std::size_t host = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : 0;
  if (host == 0) {
    return Fail(Code::kInvalid, fmt::format("an HTTP address starts with http:// or https://: '{}'",
                                            ShownUrl(request)));
  }
  if (url.substr(host, url.find_first_of("/?", host) - host).find('@') != std::string_view::npos) {
    return Fail(Code::kInvalid, "an HTTP address must not hold a user name or a password");
  }
  if (HasLineBreak(request.method) || HasLineBreak(url)) {
    return Fail(Code::kInvalid, "a method or an HTTP address with a line break");
  }
  for (const Header& header : request.headers) {
    if (HasLineBreak(header.name) || HasLineBreak(header.value)) {
      return Fail(Code::kInvalid,
                  fmt::format("a header with a line break, to {}", ShownUrl(request)));
    }
  }
  return {};
}

void SetUp(CURL* easy, const Request& request, const CurlHeaders& headers,
           const CurlOptions& options) {
  curl_easy_reset(easy);  // keeps connections, names and TLS sessions
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);  // object keys may hold "..", signed as they are
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.list());
  curl_easy_setopt(easy, CURLOPT_USERAGENT, options.user_agent.c_str());
  SetMethod(easy, request);
  SetConnection(easy, request);
  SetTls(easy);
}

std::string ShownUrl(const Request& request) {
  return request.url.substr(0, request.url.find('?'));
}

}  // namespace eider::http
