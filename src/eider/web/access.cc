#include "eider/web/access.h"

#include <string_view>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/http/server.h"
#include "eider/source/webhook.h"

namespace eider::web {
namespace {

Status CheckToken(std::string_view authorization, std::string_view token) {
  const Status bearer = source::CheckBearer(authorization, token);
  if (bearer || source::CheckBasic(authorization, token)) return {};
  return bearer;
}

}  // namespace

Status CheckReader(const AccessOptions& options, const http::ServerRequest& request) {
  if (!options.token.empty()) return CheckToken(request.FindHeader("Authorization"), options.token);
  if (options.listens_on_loopback) return {};
  return Fail(Code::kDenied,
              "no serve.token is configured, so this is answered only where the server listens on "
              "loopback");
}

Status CheckSender(const AccessOptions& options, const http::ServerRequest& request) {
  // No sender of notifications has an origin; a page in a browser on this machine has.
  if (!request.FindHeader("Origin").empty()) {
    return Fail(Code::kDenied, "events are not taken from pages in browsers (Origin header)");
  }
  const std::string_view signature = request.FindHeader("X-Hub-Signature-256");
  const bool has_proof = !signature.empty() || options.token.empty();
  if (!options.webhook_secret.empty() && has_proof) {
    return source::CheckHmac(signature, options.webhook_secret, request.body);
  }
  return CheckReader(options, request);
}

Status CheckChange(const http::ServerRequest& request) {
  if (!request.FindHeader(kChangeHeader).empty()) return {};
  return Fail(Code::kDenied,
              fmt::format("the header {} is missing, by which a program shows that it means it",
                          kChangeHeader));
}

}  // namespace eider::web
