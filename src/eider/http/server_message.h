// Requests and answers of the server as texts, without a socket.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "eider/base/result.h"
#include "eider/http/server.h"

namespace eider::http {

bool EqualIgnoringCase(std::string_view a, std::string_view b);

// The path and the parameters of a request's target: `/a%20b?x=1&y=a+b`, the same with
// `http://host` before it, or `*`. Errors: kInvalid (another form, a broken escape, a NUL byte).
Status ReadTarget(std::string_view target, ServerRequest& request);

// Whether the value of a Host header names loopback and this port: localhost, 127.0.0.1 or [::1].
// The scheme's own port may be left out.
bool IsLoopbackHost(std::string_view host, std::uint16_t port, bool is_tls);

// How a request came.
struct Arrival {
  bool is_http_11 = true;
  bool is_loopback = false;  // the server listens on loopback alone
  bool is_tls = false;
  std::uint16_t port = 0;
};

// Reads the target of a request whose headers are there. The answer, where it is refused before
// its body is read.
std::optional<ServerResponse> CheckHead(std::string_view target, const Arrival& arrival,
                                        ServerRequest& request);

// An answer of the server's own, as one line of text.
ServerResponse PlainResponse(int status, std::string_view text);

// Whether the response can be sent: a status from 200 to 599, and headers of one line that are not
// the server's own. Errors: kInternal with the header's name.
Status CheckResponse(const ServerResponse& response);

// Status line and headers, the safe ones among them, with the blank line after them.
std::string ResponseHead(const ServerResponse& response, bool keep_alive);

}  // namespace eider::http
