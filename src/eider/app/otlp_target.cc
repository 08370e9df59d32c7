#include "eider/app/otlp_target.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/app/commands.h"
#include "eider/base/result.h"
#include "eider/base/trimmed.h"

namespace eider::app {
namespace {

using Environment = std::function<std::optional<std::string>(std::string_view)>;
using Pairs = std::vector<std::pair<std::string, std::string>>;

// A % that no two hexadecimal digits follow stays.
std::string PercentDecoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned char byte = 0;
    const char* const digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      decoded += static_cast<char>(byte);
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

// "a=1,b=two%20words"; the values may be secret, and no message shows them.
Result<Pairs> PairsOf(const Environment& environment, std::string_view variable) {
  Pairs pairs;
  const std::string list = environment(variable).value_or("");
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    const std::string_view pair = Trimmed(std::string_view(list).substr(at, end - at));
    at = end + 1;
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      return Fail(Code::kInvalid,
                  fmt::format("{} is to be a list of name=value, with commas between them, but "
                              "part {} has no name and =",
                              variable, pairs.size() + 1));
    }
    pairs.emplace_back(Trimmed(pair.substr(0, equals)),
                       PercentDecoded(Trimmed(pair.substr(equals + 1))));
  }
  return pairs;
}

std::optional<std::string> Set(const Environment& environment, std::string_view variable) {
  auto value = environment(variable);
  return value && !value->empty() ? value : std::nullopt;
}

std::string UrlOf(const Environment& environment) {
  if (auto url = Set(environment, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")) return *std::move(url);
  auto base = Set(environment, "OTEL_EXPORTER_OTLP_ENDPOINT");
  if (!base) return {};
  while (base->ends_with('/')) base->pop_back();
  return *base + "/v1/traces";
}

}  // namespace

Result<std::optional<OtlpTarget>> FindOtlpTarget(const Environment& environment) {
  OtlpTarget target;
  target.url = UrlOf(environment);
  if (target.url.empty() || environment("OTEL_SDK_DISABLED") == "true" ||
      environment("OTEL_TRACES_EXPORTER") == "none") {
    return std::nullopt;
  }
  if (!target.url.starts_with("http://") && !target.url.starts_with("https://")) {
    return Fail(Code::kInvalid,
                fmt::format("the endpoint for traces, '{}', is no URL: write http://HOST:4318 or "
                            "https://HOST:4318 into OTEL_EXPORTER_OTLP_ENDPOINT",
                            target.url));
  }
  auto protocol = Set(environment, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL");
  if (!protocol) protocol = Set(environment, "OTEL_EXPORTER_OTLP_PROTOCOL");
  if (protocol == "grpc") {
    return Fail(Code::kUnsupported,
                "OTEL_EXPORTER_OTLP_PROTOCOL is grpc, and traces are sent over HTTP only: name the "
                "collector's port for HTTP, 4318 as a rule, and set the protocol to http/json");
  }
  const bool has_own = Set(environment, "OTEL_EXPORTER_OTLP_TRACES_HEADERS").has_value();
  EIDER_ASSIGN(Pairs headers, PairsOf(environment, has_own ? "OTEL_EXPORTER_OTLP_TRACES_HEADERS"
                                                           : "OTEL_EXPORTER_OTLP_HEADERS"));
  target.headers.push_back({"Content-Type", "application/json"});
  for (auto& [name, value] : headers) target.headers.push_back({name, std::move(value)});
  EIDER_ASSIGN(target.source.attributes, PairsOf(environment, "OTEL_RESOURCE_ATTRIBUTES"));
  target.source.service = Set(environment, "OTEL_SERVICE_NAME").value_or("eider");
  target.source.version = kVersion;
  return target;
}

}  // namespace eider::app
