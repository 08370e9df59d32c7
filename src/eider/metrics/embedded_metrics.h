// CloudWatch's embedded metric format: metrics as a line of the log.
//
// `{"_aws": {"Timestamp": ms, "CloudWatchMetrics": [{"Namespace", "Dimensions": [["D"]], "Metrics":
// [{"Name", "Unit"}]}]}, "D": "value", "M": 1}`. CloudWatch Logs makes metrics of it, without a
// call. Source: Amazon CloudWatch User Guide, "Specification: Embedded metric format".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/result.h"

namespace eider::metrics {

enum class Unit : std::uint8_t { kCount, kMilliseconds };

struct Metric {
  std::string name;
  Unit unit = Unit::kCount;
  std::int64_t value = 0;
};

// A property of the line. A dimension tells metrics of the same name apart; one that is none can
// be searched for in the log.
struct Property {
  std::string name;
  std::string value;  // of a dimension: not empty
  bool is_dimension = false;
};

struct EmbeddedMetrics {
  std::string name_space;
  TimePoint time{};
  std::vector<Property> properties;
  std::vector<Metric> metrics;
};

// The line, without its end. Errors: kInvalid (beyond the format's limits: no or more than 100
// metrics, more than 30 dimensions, a name, value or namespace that is empty or of more than 1024
// characters, a name that is used twice).
Result<std::string> ToEmbeddedMetricLine(const EmbeddedMetrics& metrics);

}  // namespace eider::metrics
