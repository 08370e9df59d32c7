// The server of `eider serve`, as configured.
#pragma once

#include <memory>

#include <spdlog/logger.h>

#include "eider/base/result.h"
#include "eider/config/config.h"
#include "eider/http/server.h"
#include "eider/web/endpoints.h"

namespace eider::app {

// Errors: kInvalid (an address that is none, or one that is not loopback's without token and
// secret; the token's file), those of reading that file.
Result<web::EndpointOptions> EndpointOptionsOf(const config::Config::Serve& serve);

// Null where none is to listen. Borrows endpoints and log. Errors: those of Server::Start.
Result<std::unique_ptr<http::Server>> StartServer(const config::Config::Serve& serve,
                                                  web::Endpoints& endpoints, spdlog::logger& log);

}  // namespace eider::app
