// What RFC 9110 and 9112 say of targets, hosts and header lines.
#include "eider/http/server_message.h"

#include <boost/beast/http/status.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/http/server.h"

namespace eider::http {
namespace {

constexpr std::array kSafeHeaders = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"X-Content-Type-Options", "nosniff"},
    {"Cache-Control", "no-store"},
    {"Content-Security-Policy",
     "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
    {"Referrer-Policy", "no-referrer"},
});

char LowerCase(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool IsTokenChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = LowerCase(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// `plus_is_blank`: in a query, as forms write it.
Result<std::string> Decode(std::string_view text, bool plus_is_blank) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+' && plus_is_blank) {
      c = ' ';
    } else if (c == '%') {
      const int high = i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexValue(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        return Fail(Code::kInvalid, "a % in the request's target is not followed by two digits");
      }
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (c == '\0') return Fail(Code::kInvalid, "the request's target has a NUL byte");
    decoded += c;
  }
  return decoded;
}

Status ReadQuery(std::string_view query, std::vector<QueryParameter>& parameters) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    QueryParameter parameter;
    EIDER_ASSIGN(parameter.name, Decode(pair.substr(0, equals), true));
    EIDER_ASSIGN(parameter.value, Decode(pair.substr(std::min(equals + 1, pair.size())), true));
    parameters.push_back(std::move(parameter));
  }
  return {};
}

bool Has(const ServerResponse& response, std::string_view name) {
  return std::ranges::any_of(
      response.headers, [&](const Header& header) { return EqualIgnoringCase(header.name, name); });
}

}  // namespace

bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, LowerCase, LowerCase);
}

std::string_view ServerRequest::FindHeader(std::string_view name) const {
  const auto at = std::ranges::find_if(
      headers, [&](const Header& header) { return EqualIgnoringCase(header.name, name); });
  return at == headers.end() ? std::string_view() : std::string_view(at->value);
}

std::optional<std::string_view> ServerRequest::FindParameter(std::string_view name) const {
  const auto at = std::ranges::find(parameters, name, &QueryParameter::name);
  if (at == parameters.end()) return std::nullopt;
  return at->value;
}

Status ReadTarget(std::string_view target, ServerRequest& request) {
  if (target == "*") {
    request.path = "*";
    return {};
  }
  if (const std::size_t scheme = target.find("://");
      scheme != std::string_view::npos && !target.starts_with('/')) {
    target.remove_prefix(std::min(target.find_first_of("/?", scheme + 3), target.size()));
    if (!target.starts_with('/')) return ReadTarget("/" + std::string(target), request);
  }
  if (!target.starts_with('/')) {
    return Fail(Code::kInvalid, "the request's target does not begin with a slash");
  }
  target = target.substr(0, target.find('#'));
  const std::size_t query = std::min(target.find('?'), target.size());
  EIDER_ASSIGN(request.path, Decode(target.substr(0, query), false));
  return ReadQuery(target.substr(std::min(query + 1, target.size())), request.parameters);
}

bool IsLoopbackHost(std::string_view host, std::uint16_t port, bool is_tls) {
  const auto names_loopback = [](std::string_view name) {
    return EqualIgnoringCase(name, "localhost") || name == "127.0.0.1" || name == "[::1]";
  };
  if (port == (is_tls ? 443 : 80) && names_loopback(host)) return true;
  const std::string ending = ":" + std::to_string(port);
  return host.ends_with(ending) && names_loopback(host.substr(0, host.size() - ending.size()));
}

std::optional<ServerResponse> CheckHead(std::string_view target, const Arrival& arrival,
                                        ServerRequest& request) {
  int hosts = 0;
  for (const Header& header : request.headers) {
    if (EqualIgnoringCase(header.name, "Host")) ++hosts;
    // RFC 9112, 6.1: a coding that is not known here says nothing of where the body ends.
    if (EqualIgnoringCase(header.name, "Transfer-Encoding") &&
        !EqualIgnoringCase(header.value, "chunked")) {
      return PlainResponse(501, "a transfer coding other than chunked");
    }
  }
  if (hosts > 1 || (hosts == 0 && arrival.is_http_11)) {
    return PlainResponse(400, "the request needs one Host header");
  }
  if (arrival.is_loopback &&
      !IsLoopbackHost(request.FindHeader("Host"), arrival.port, arrival.is_tls)) {
    return PlainResponse(421,
                         "this server answers to localhost, 127.0.0.1 and [::1] with its port");
  }
  if (const Status read = ReadTarget(target, request); !read) {
    return PlainResponse(400, read.error().message);
  }
  return std::nullopt;
}

ServerResponse PlainResponse(int status, std::string_view text) {
  return {.status = status,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
          .body = std::string(text) + "\n"};
}

Status CheckResponse(const ServerResponse& response) {
  if (response.status < 200 || response.status > 599) {
    return Fail(Code::kInternal, fmt::format("an answer has the status {}", response.status));
  }
  for (const Header& header : response.headers) {
    const bool is_name = !header.name.empty() && std::ranges::all_of(header.name, IsTokenChar);
    if (!is_name ||
        header.value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return Fail(Code::kInternal,
                  fmt::format("an answer's header is not one line: '{}'", header.name));
    }
  }
  for (const char* name : {"Content-Length", "Transfer-Encoding", "Connection"}) {
    if (Has(response, name)) {
      return Fail(Code::kInternal, fmt::format("an answer sets {}, which the server does", name));
    }
  }
  return {};
}

std::string ResponseHead(const ServerResponse& response, bool keep_alive) {
  const auto reason = boost::beast::http::obsolete_reason(
      boost::beast::http::int_to_status(static_cast<unsigned>(response.status)));
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n", response.status,
                                 std::string_view(reason.data(), reason.size()));
  for (const Header& header : response.headers) {
    head += fmt::format("{}: {}\r\n", header.name, header.value);
  }
  for (const auto& [name, value] : kSafeHeaders) {
    if (!Has(response, name)) head += fmt::format("{}: {}\r\n", name, value);
  }
  if (response.status != 204 && response.status != 304) {
    head += fmt::format("Content-Length: {}\r\n", response.body.size());
  }
  head += keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  return head;
}

}  // namespace eider::http
