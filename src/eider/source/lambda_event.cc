// Envelopes, from the outside in.
#include "eider/source/lambda_event.h"

#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/source/s3_event.h"

namespace eider::source {
namespace {

using codec::Json;
using codec::JsonObject;

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

// A message without its text is a problem of its delivery.
void AddText(const Result<std::string>& text, Delivery& delivery) {
  if (text) {
    AddMessage(*text, delivery);
  } else {
    delivery.problems.push_back(text.error().message);
  }
}

// `{"Records": [{"messageId", "body", "eventSource": "aws:sqs"}]}`
Result<LambdaEvent> ReadSqsEvent(const Json& document) {
  EIDER_ASSIGN(const JsonObject root, JsonObject::Of(document));
  EIDER_ASSIGN(const auto records, root.Objects("Records"));
  LambdaEvent event;
  event.is_sqs = true;
  for (const JsonObject& record : records) {
    event.queue_arn = record.String("eventSourceARN").value_or("");
    Delivery delivery;
    EIDER_ASSIGN(delivery.id, record.String("messageId"));
    AddText(record.String("body"), delivery);
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
    AddText(MessageOfSnsRecord(record), delivery);
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
  AddEvent(std::move(read), event.deliveries.emplace_back());
  return event;
}

}  // namespace eider::source
