// Who may ask, and who may send events.
//
// One token serves both: readers send it as a bearer token, or as the password of a URL's user. A
// webhook may sign its body instead. Where neither is configured, the server must listen on
// loopback alone, and whoever is on this machine may do both.
#pragma once

#include <string>

#include "eider/base/result.h"
#include "eider/http/server.h"

namespace eider::web {

struct AccessOptions {
  std::string token;           // empty: none
  std::string webhook_secret;  // of `X-Hub-Signature-256`; empty: none
  bool listens_on_loopback = true;
};

// Errors of all: kDenied with why, without any secret.

Status CheckReader(const AccessOptions& options, const http::ServerRequest& request);
Status CheckSender(const AccessOptions& options, const http::ServerRequest& request);

// A page of another site can have a browser send a request, but can neither set this header nor
// read the answer.
inline constexpr const char* kChangeHeader = "X-Eider-Request";

Status CheckChange(const http::ServerRequest& request);

}  // namespace eider::web
