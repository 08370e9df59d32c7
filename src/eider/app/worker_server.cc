#include "eider/app/worker_server.h"

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "eider/app/commands.h"
#include "eider/base/result.h"
#include "eider/config/regular_file.h"
#include "eider/config/setting_value.h"
#include "eider/http/listen_address.h"

namespace eider::app {
namespace {

constexpr std::size_t kTokenBytesMax = 4'096;

Result<std::string> TokenOf(const config::Config::Serve& serve) {
  if (serve.token_file.empty()) return serve.token;
  EIDER_ASSIGN(std::string text, config::ReadTextFile(serve.token_file, kTokenBytesMax));
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  auto token = config::ParseSecret({.text = std::move(text), .folder = {}});
  if (!token) {
    return Fail(fmt::format("the token in {}", serve.token_file), std::move(token).error());
  }
  return token;
}

}  // namespace

Result<web::EndpointOptions> EndpointOptionsOf(const config::Config::Serve& serve) {
  web::EndpointOptions options;
  options.program = std::string(kVersion);
  options.events_per_second = serve.events_per_second;
  options.access.webhook_secret = serve.webhook_secret;
  EIDER_ASSIGN(options.access.token, TokenOf(serve));
  if (serve.listen.empty()) return options;
  auto address = http::ParseListenAddress(serve.listen);
  if (!address) return Fail("serve.listen", std::move(address).error());
  options.access.listens_on_loopback = address->is_loopback;
  const bool has_secret = !options.access.token.empty() || !serve.webhook_secret.empty();
  if (!address->is_loopback && !has_secret) {
    return Fail(
        Code::kInvalid,
        fmt::format("serve.listen is {}, which other machines reach, and anyone there could "
                    "have files loaded: set serve.token (or serve.token_file), or "
                    "serve.webhook_secret where only signed webhooks are to be answered; "
                    "or listen on 127.0.0.1",
                    serve.listen));
  }
  return options;
}

Result<std::unique_ptr<http::Server>> StartServer(const config::Config::Serve& serve,
                                                  web::Endpoints& endpoints, spdlog::logger& log) {
  if (serve.listen.empty()) return nullptr;
  http::ServerOptions options;
  options.address = serve.listen;
  options.certificate_file = serve.tls_certificate;
  options.key_file = serve.tls_key;
  return http::Server::Start(
      std::move(options),
      [&endpoints](const http::ServerRequest& request) { return endpoints.Handle(request); }, log);
}

}  // namespace eider::app
