// Where traces go: what OpenTelemetry's standard environment variables say.
//
// Source: OpenTelemetry specification, "OpenTelemetry Protocol Exporter" and "Environment Variable
// Specification".
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/result.h"
#include "eider/http/transport.h"
#include "eider/metrics/otlp_spans.h"

namespace eider::app {

struct OtlpTarget {
  std::string url;  // of OTLP/HTTP traces
  std::vector<http::Header> headers = {};
  metrics::SpanSource source = {};
};

// OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, or OTEL_EXPORTER_OTLP_ENDPOINT with /v1/traces; headers of
// OTEL_EXPORTER_OTLP_TRACES_HEADERS or OTEL_EXPORTER_OTLP_HEADERS; OTEL_SERVICE_NAME and
// OTEL_RESOURCE_ATTRIBUTES. Nothing where no endpoint is set, or OTEL_SDK_DISABLED is true, or
// OTEL_TRACES_EXPORTER is none. Errors: kInvalid (no URL; headers or attributes that are no list of
// name=value), kUnsupported (the protocol is grpc).
Result<std::optional<OtlpTarget>> FindOtlpTarget(
    const std::function<std::optional<std::string>(std::string_view)>& environment);

}  // namespace eider::app
