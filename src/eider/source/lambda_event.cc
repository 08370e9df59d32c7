// Envelopes, from the outside in.
#include "eider/source/lambda_event.h"

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

Result<S3Event> ReadNotification(const Json& document);

// The text of a message: an S3 event, perhaps inside one SNS notification.
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

Result<S3Event> ReadNotification(const Json& document) {
  return IsEventBridgeEvent(document) ? ReadEventBridgeEvent(document) : ReadS3Event(document);
}

void Add(S3Event event, Delivery& delivery, LambdaEvent& all) {
  for (FileRef& file : event.files) delivery.files.push_back(std::move(file));
  for (BadRecord& record : event.bad_records) {
    delivery.problems.push_back(std::move(record.message));
  }
  all.ignored += event.ignored;
}

// Reads the message into the delivery; what is wrong with it is the delivery's problem alone.
void AddMessage(const Result<std::string>& text, Delivery& delivery, LambdaEvent& all) {
  auto event = text ? ReadMessage(*text) : Result<S3Event>(std::unexpected(text.error()));
  if (event) {
    Add(*std::move(event), delivery, all);
  } else {
    delivery.problems.push_back(event.error().message);
  }
}

// The service that the records are of: "aws:s3", "aws:sqs", "aws:sns"; SNS spells the name of the
// field with a capital. Empty: no records.
std::string SourceOf(const Json& document) {
  const auto records = document.is_object() ? document.find("Records") : document.end();
  if (records == document.end() || !records->is_array() || records->empty()) return "";
  const Json& first = records->front();
  if (!first.is_object()) return "";
  for (const char* name : {"eventSource", "EventSource"}) {
    const auto source = first.find(name);
    if (source != first.end() && source->is_string()) return source->get<std::string>();
  }
  return "";
}

// `{"Records": [{"messageId", "body", "eventSource": "aws:sqs"}]}`
Result<LambdaEvent> ReadSqsEvent(const Json& document) {
  EIDER_ASSIGN(const JsonObject root, JsonObject::Of(document));
  EIDER_ASSIGN(const auto records, root.Objects("Records"));
  LambdaEvent event;
  event.is_sqs = true;
  for (const JsonObject& record : records) {
    Delivery delivery;
    EIDER_ASSIGN(delivery.id, record.String("messageId"));
    AddMessage(record.String("body"), delivery, event);
    event.deliveries.push_back(std::move(delivery));
  }
  return event;
}

Result<std::string> MessageOfSnsRecord(const JsonObject& record) {
  EIDER_ASSIGN(const JsonObject sns, record.Object("Sns"));
  return sns.String("Message");
}

// `{"Records": [{"EventSource": "aws:sns", "Sns": {"Message"}}]}`; one delivery: SNS repeats the
// event as a whole.
Result<LambdaEvent> ReadSnsEvent(const Json& document) {
  EIDER_ASSIGN(const JsonObject root, JsonObject::Of(document));
  EIDER_ASSIGN(const auto records, root.Objects("Records"));
  LambdaEvent event;
  Delivery delivery;
  for (const JsonObject& record : records) {
    AddMessage(MessageOfSnsRecord(record), delivery, event);
  }
  event.deliveries.push_back(std::move(delivery));
  return event;
}

}  // namespace

Result<LambdaEvent> ParseLambdaEvent(std::string_view json) {
  EIDER_ASSIGN(const Json document, codec::ParseJson(json));
  const std::string source = SourceOf(document);
  if (source == "aws:sqs") return ReadSqsEvent(document);
  if (source == "aws:sns") return ReadSnsEvent(document);
  EIDER_ASSIGN(S3Event read, ReadNotification(document));
  LambdaEvent event;
  Add(std::move(read), event.deliveries.emplace_back(), event);
  return event;
}

}  // namespace eider::source
