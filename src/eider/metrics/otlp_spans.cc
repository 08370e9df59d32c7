#include "eider/metrics/otlp_spans.h"

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "eider/base/clock.h"
#include "eider/codec/json_line.h"

namespace eider::metrics {
namespace {

using Json = nlohmann::ordered_json;

// Of SpanKind and StatusCode in trace.proto.
constexpr int kInternal = 1;
constexpr int kConsumer = 5;
constexpr int kStatusError = 2;

// 64-bit integers are texts in the JSON of Protocol Buffers.
std::string UnixNanos(TimePoint time) {
  return std::to_string(std::chrono::nanoseconds(time.time_since_epoch()).count());
}

Json TextAttribute(std::string_view name, std::string_view text) {
  return {{"key", codec::TextForJson(name)},
          {"value", {{"stringValue", codec::TextForJson(text)}}}};
}

Json AttributeJson(const Attribute& attribute) {
  if (const auto* const number = std::get_if<std::int64_t>(&attribute.value)) {
    return {{"key", attribute.name}, {"value", {{"intValue", std::to_string(*number)}}}};
  }
  return TextAttribute(attribute.name, std::get<std::string>(attribute.value));
}

Json SpanJson(const Span& span) {
  Json json = {{"traceId", fmt::format("{:016x}{:016x}", span.trace[0], span.trace[1])},
               {"spanId", fmt::format("{:016x}", span.id)}};
  if (span.parent != 0) json["parentSpanId"] = fmt::format("{:016x}", span.parent);
  json["name"] = span.name;
  json["kind"] = span.parent == 0 ? kConsumer : kInternal;
  json["startTimeUnixNano"] = UnixNanos(span.began);
  json["endTimeUnixNano"] = UnixNanos(span.ended);
  Json& attributes = json["attributes"] = Json::array();
  for (const Attribute& attribute : span.attributes) attributes.push_back(AttributeJson(attribute));
  if (!span.error.empty()) {
    json["status"] = {{"code", kStatusError}, {"message", codec::TextForJson(span.error)}};
  }
  return json;
}

}  // namespace

std::string ToOtlpJson(const SpanSource& source, std::span<const Span> spans) {
  Json resource = Json::array({TextAttribute("service.name", source.service),
                               TextAttribute("service.version", source.version)});
  for (const auto& [name, value] : source.attributes) {
    resource.push_back(TextAttribute(name, value));
  }
  Json list = Json::array();
  for (const Span& span : spans) list.push_back(SpanJson(span));
  Json scope = {{"name", "eider"}, {"version", source.version}};
  Json scope_spans = Json::array();
  scope_spans.push_back({{"scope", std::move(scope)}, {"spans", std::move(list)}});
  Json resource_spans = Json::array();
  resource_spans.push_back({{"resource", {{"attributes", std::move(resource)}}},
                            {"scopeSpans", std::move(scope_spans)}});
  return Json({{"resourceSpans", std::move(resource_spans)}}).dump();
}

}  // namespace eider::metrics
