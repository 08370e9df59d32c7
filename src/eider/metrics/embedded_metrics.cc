// The root with its members, and the directive that says which of them are metrics.
#include "eider/metrics/embedded_metrics.h"

#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "eider/base/clock.h"
#include "eider/base/result.h"

namespace eider::metrics {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMetricsMax = 100;
constexpr std::size_t kDimensionsMax = 30;
constexpr std::size_t kTextBytesMax = 1024;  // the format counts characters: never more than bytes

std::string_view UnitName(Unit unit) {
  switch (unit) {
    case Unit::kCount:
      return "Count";
    case Unit::kMilliseconds:
      return "Milliseconds";
  }
  return "None";
}

Status CheckText(std::string_view what, std::string_view text) {
  if (!text.empty() && text.size() <= kTextBytesMax) return {};
  return Fail(Code::kInvalid,
              fmt::format("{} must have 1 to {} bytes, has {}", what, kTextBytesMax, text.size()));
}

// A member of the root; each name stands for one thing.
Status AddMember(Json& root, const std::string& name, Json value) {
  EIDER_CHECK(CheckText("a name", name));
  if (root.contains(name)) return Fail(Code::kInvalid, "a name is used twice: " + name);
  root[name] = std::move(value);
  return {};
}

}  // namespace

Result<std::string> ToEmbeddedMetricLine(const EmbeddedMetrics& metrics) {
  EIDER_CHECK(CheckText("the namespace", metrics.name_space));
  if (metrics.metrics.empty() || metrics.metrics.size() > kMetricsMax) {
    return Fail(Code::kInvalid, fmt::format("a line has 1 to {} metrics, not {}", kMetricsMax,
                                            metrics.metrics.size()));
  }
  Json root = {{"_aws", nullptr}};
  Json dimensions = Json::array();
  for (const Property& property : metrics.properties) {
    EIDER_CHECK(AddMember(root, property.name, property.value));
    if (!property.is_dimension) continue;
    EIDER_CHECK(CheckText("dimension " + property.name, property.value));
    dimensions.push_back(property.name);
  }
  if (dimensions.size() > kDimensionsMax) {
    return Fail(Code::kInvalid, fmt::format("a line has at most {} dimensions, not {}",
                                            kDimensionsMax, dimensions.size()));
  }
  Json definitions = Json::array();
  for (const Metric& metric : metrics.metrics) {
    EIDER_CHECK(AddMember(root, metric.name, metric.value));
    definitions.push_back({{"Name", metric.name}, {"Unit", UnitName(metric.unit)}});
  }
  Json directive = {{"Namespace", metrics.name_space},
                    {"Dimensions", Json::array({std::move(dimensions)})},
                    {"Metrics", std::move(definitions)}};
  root["_aws"] = {{"Timestamp", UnixMillis(metrics.time)},
                  {"CloudWatchMetrics", Json::array({std::move(directive)})}};
  return root.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace eider::metrics
