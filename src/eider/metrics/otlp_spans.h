// Spans of traces as OpenTelemetry's collectors take them: the JSON body of OTLP/HTTP
// (https://opentelemetry.io/docs/specs/otlp/, opentelemetry/proto/trace/v1/trace.proto).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "eider/base/clock.h"

namespace eider::metrics {

using TraceId = std::array<std::uint64_t, 2>;
using SpanId = std::uint64_t;  // 0: none

struct Attribute {
  std::string_view name;
  std::variant<std::string, std::int64_t> value;
};

struct Span {
  TraceId trace{};
  SpanId id = 0;
  SpanId parent = 0;  // 0: the root of its trace
  std::string_view name;
  TimePoint began;
  TimePoint ended;
  std::vector<Attribute> attributes = {};
  std::string error = {};  // empty: it went well
};

// Who sends them: "eider", "0.1.0", and further attributes of OTEL_RESOURCE_ATTRIBUTES.
struct SpanSource {
  std::string service;
  std::string version;
  std::vector<std::pair<std::string, std::string>> attributes = {};
};

// An ExportTraceServiceRequest. Texts that are not UTF-8 are escaped.
std::string ToOtlpJson(const SpanSource& source, std::span<const Span> spans);

}  // namespace eider::metrics
