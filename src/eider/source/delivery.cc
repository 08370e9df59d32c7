// Messages, from the outside in.
#include "eider/source/delivery.h"

#include <algorithm>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/source/eventbridge_event.h"
#include "eider/source/s3_event.h"

namespace eider::source {
namespace {

using codec::Json;
using codec::JsonObject;

// Only what cannot be anything else than an ARN or a token is shown in a command to be copied.
bool IsPlainWord(std::string_view text) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':' ||
           c == '-' || c == '_' || c == '.';
  };
  return !text.empty() && text.size() <= 1024 && std::ranges::all_of(text, is_plain);
}

// Whoever can send a request could name any URL in it, so none is called. What confirms is a call
// with the token (Amazon SNS, "HTTP/HTTPS subscription confirmation JSON format").
std::unexpected<Error> AskToConfirm(const JsonObject& envelope) {
  const auto topic = envelope.String("TopicArn");
  const auto token = envelope.String("Token");
  if (!topic || !token || !topic->starts_with("arn:") || !IsPlainWord(*topic) ||
      !IsPlainWord(*token) || token->starts_with('-')) {
    return Fail(
        Code::kUnsupported,
        "a SubscriptionConfirmation whose TopicArn or Token is not what SNS sends; nothing was "
        "confirmed");
  }
  return Fail(
      Code::kUnsupported,
      fmt::format("SNS asks to confirm a subscription to {}. Eider calls no address that a "
                  "request names. If the subscription is yours, confirm it by hand: aws sns "
                  "confirm-subscription --authenticate-on-unsubscribe true --topic-arn {} "
                  "--token {}",
                  *topic, *topic, *token));
}

Result<S3Event> ReadMessage(std::string_view text) {
  EIDER_ASSIGN(const Json document, codec::ParseJson(text));
  if (!document.is_object() || !document.contains("Message")) return ReadNotification(document);
  EIDER_ASSIGN(const JsonObject envelope, JsonObject::Of(document));
  EIDER_ASSIGN(const std::string type, envelope.String("Type"));
  if (type == "SubscriptionConfirmation") return AskToConfirm(envelope);
  if (type != "Notification") {
    return Fail(Code::kUnsupported, fmt::format("no SNS notification but '{}'", type));
  }
  EIDER_ASSIGN(const std::string message, envelope.String("Message"));
  auto inner = codec::ParseJson(message);
  if (!inner) return Fail("the SNS notification's Message", std::move(inner).error());
  return ReadNotification(*inner);
}

}  // namespace

Result<S3Event> ReadNotification(const Json& document) {
  return IsEventBridgeEvent(document) ? ReadEventBridgeEvent(document) : ReadS3Event(document);
}

void AddEvent(S3Event event, Delivery& delivery) {
  for (FileRef& file : event.files) delivery.files.push_back(std::move(file));
  for (BadRecord& record : event.bad_records) {
    delivery.problems.push_back(std::move(record.message));
  }
  delivery.ignored += event.ignored;
  delivery.piece = event.piece;
}

void AddMessage(std::string_view text, Delivery& delivery) {
  auto event = ReadMessage(text);
  if (event) {
    AddEvent(*std::move(event), delivery);
  } else {
    delivery.problems.push_back(event.error().message);
  }
}

}  // namespace eider::source
