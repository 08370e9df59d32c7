// A target that gets each event as the body of a POST.
//
// With a token `Authorization: Bearer <token>`; with a secret `X-Hub-Signature-256: sha256=<hex>`,
// the HMAC-SHA256 of the body's very bytes (GitHub's way). `X-Eider-Event` has the event's type,
// `X-Eider-Event-Id` its id. A redirect is not followed.
#pragma once

#include <memory>
#include <string>

#include "eider/errands/target.h"
#include "eider/http/transport.h"

namespace eider::errands {

struct WebhookOptions {
  std::string url;     // http:// or https://
  std::string token;   // empty: none
  std::string secret;  // empty: none
};

// Borrows the transport.
std::unique_ptr<Target> NewWebhook(WebhookOptions options, http::Transport& transport);

// The URL without its query, which may hold a secret.
std::string NameOfWebhook(const std::string& url);

}  // namespace eider::errands
