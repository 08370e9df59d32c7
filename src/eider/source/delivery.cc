// Messages, from the outside in.
#include "eider/source/delivery.h"

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

Result<S3Event> ReadMessage(std::string_view text) {
  EIDER_ASSIGN(const Json document, codec::ParseJson(text));
  if (!document.is_object() || !document.contains("Message")) return ReadNotification(document);
  EIDER_ASSIGN(const JsonObject envelope, JsonObject::Of(document));
  EIDER_ASSIGN(const std::string type, envelope.String("Type"));
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
