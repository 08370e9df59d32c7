// What a store's webhook sends: who it says it is, and which files it tells of.
//
// Not every sender can send every proof. MinIO sends a bearer token (`auth_token`), EventBridge's
// API destinations whatever header they are told; SNS, Ceph and the Versity gateway only what the
// URL has before its `@`, which arrives as `Basic`. A signature over the body is GitHub's way
// (`X-Hub-Signature-256`), for proxies and senders of one's own. Pure: the server is http/'s.
#pragma once

#include <cstddef>
#include <string_view>

#include "eider/base/result.h"
#include "eider/source/delivery.h"

namespace eider::source {

// A notification has at most 256 KB at SNS and EventBridge, and 64 KB at S3.
inline constexpr std::size_t kWebhookBytesMax = 1U << 20U;

// Each takes a request's header, empty where there is none, and the secret that the configuration
// has; an empty one lets nobody in. How long they take tells nothing of the secret, and what they
// say holds neither. Errors: kDenied with why.

// `Bearer <token>`.
Status CheckBearer(std::string_view authorization, std::string_view token);

// `Basic <user:token>` in Base64, of whatever user.
Status CheckBasic(std::string_view authorization, std::string_view token);

// `sha256=<hex>`, the HMAC-SHA256 of the body's very bytes.
Status CheckHmac(std::string_view signature, std::string_view secret, std::string_view body);

// The files of a body: an S3 notification as AWS, MinIO, Ceph and Versity send it, an event of
// EventBridge, or either inside a notification of SNS. What is wrong with it is a problem of the
// delivery, as is a body beyond kWebhookBytesMax. Never throws, whatever the bytes.
Delivery ReadWebhook(std::string_view body);

}  // namespace eider::source
