// Names that are checked once, and the text. Source: Prometheus, "Exposition formats", text format
// 0.0.4, and "Data model" for names.
#include "eider/metrics/registry.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "eider/base/result.h"

namespace eider::metrics {
namespace {

constexpr std::string_view kHistogram = "histogram";

bool IsName(std::string_view text, bool may_have_colons) {
  const auto is_letter = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (c == ':' && may_have_colons);
  };
  return !text.empty() && is_letter(text.front()) &&
         std::ranges::all_of(text, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

Status Check(const MetricInfo& info, std::string_view type) {
  if (!IsName(info.name, true)) {
    return Fail(Code::kInvalid, fmt::format("'{}' is no name of a metric", info.name));
  }
  std::vector<std::string> seen;
  for (const std::string& label : info.labels) {
    if (!IsName(label, false) || label.starts_with("__") || (type == kHistogram && label == "le")) {
      return Fail(Code::kInvalid, fmt::format("'{}' is no label for {}", label, info.name));
    }
    if (std::ranges::find(seen, label) != seen.end()) {
      return Fail(Code::kInvalid, fmt::format("{} has the label {} twice", info.name, label));
    }
    seen.push_back(label);
  }
  if (info.sets_max == 0) {
    return Fail(Code::kInvalid, fmt::format("{} must keep one set of labels at least", info.name));
  }
  return {};
}

std::string Number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

std::string Escaped(std::string_view text, bool quotes_too) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\n') {
      escaped += "\\n";
      continue;
    }
    if (c == '\\' || (c == '"' && quotes_too)) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

// `{a="1",b="2"}`, or nothing; `le` is a histogram's own label.
std::string LabelText(const std::vector<std::string>& names, const LabelValues& values,
                      std::string_view le = {}) {
  std::string text;
  const auto add = [&](std::string_view name, std::string_view value) {
    text += fmt::format("{}{}=\"{}\"", text.empty() ? '{' : ',', name, Escaped(value, true));
  };
  for (std::size_t i = 0; i < names.size() && i < values.size(); ++i) add(names[i], values[i]);
  if (!le.empty()) add("le", le);
  return text.empty() ? text : text + '}';
}

void PrintLine(std::string& text, const std::string& name, const std::string& labels,
               double value) {
  text += fmt::format("{}{} {}\n", name, labels, Number(value));
}

void PrintSet(std::string& text, const MetricInfo& info, const LabelValues& values,
              const auto& metric) {
  PrintLine(text, info.name, LabelText(info.labels, values), metric.value());
}

void PrintSet(std::string& text, const MetricInfo& info, const LabelValues& values,
              const Histogram& histogram) {
  std::uint64_t count = 0;  // of all buckets so far: what is counted meanwhile is in none or in all
  for (std::size_t i = 0; i <= histogram.bounds().size(); ++i) {
    count += histogram.count(i);
    const std::string le =
        i < histogram.bounds().size() ? Number(histogram.bounds()[i]) : std::string("+Inf");
    text += fmt::format("{}_bucket{} {}\n", info.name, LabelText(info.labels, values, le), count);
  }
  const std::string labels = LabelText(info.labels, values);
  PrintLine(text, info.name + "_sum", labels, histogram.sum());
  text += fmt::format("{}_count{} {}\n", info.name, labels, count);
}

class ReadFamily final : public AnyFamily {
 public:
  ReadFamily(MetricInfo info, std::function<std::vector<Sample>()> read)
      : info_(std::move(info)), read_(std::move(read)) {}

  void Print(std::string& text) const override {
    std::map<LabelValues, double> sets;
    for (const Sample& sample : read_()) {
      std::vector<std::string_view> views(sample.labels.begin(), sample.labels.end());
      views.resize(info_.labels.size());
      LabelValues values = ToLabelValues(views);
      if (!sets.contains(values) && sets.size() >= info_.sets_max) {
        values.assign(info_.labels.size(), std::string(kOtherLabel));
      }
      sets[std::move(values)] += sample.value;
    }
    for (const auto& [values, value] : sets) {
      PrintLine(text, info_.name, LabelText(info_.labels, values), value);
    }
  }

 private:
  const MetricInfo info_;
  const std::function<std::vector<Sample>()> read_;
};

}  // namespace

LabelValues ToLabelValues(std::span<const std::string_view> values) {
  LabelValues kept;
  kept.reserve(values.size());
  for (const std::string_view value : values) {
    // Writing JSON replaces what is no UTF-8.
    const std::string json =
        nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    kept.push_back(nlohmann::json::parse(json).get<std::string>());
  }
  return kept;
}

template <typename Metric>
void Family<Metric>::Print(std::string& text) const {
  const std::shared_lock lock(mutex_);
  for (const auto& [values, metric] : sets_) PrintSet(text, info_, values, *metric);
}

template <typename Metric>
std::unique_ptr<Metric> Family<Metric>::Make() const {
  if constexpr (std::is_same_v<Metric, Histogram>) {
    return std::make_unique<Metric>(bounds_);
  } else {
    return std::make_unique<Metric>();
  }
}

template class Family<Counter>;
template class Family<Gauge>;
template class Family<Histogram>;

template <typename AFamily, typename Source>
Result<AFamily*> Registry::Add(MetricInfo info, std::string_view type, Source source) {
  EIDER_CHECK(Check(info, type));
  const std::string name = info.name;
  std::string help = info.help;
  auto family = std::make_unique<AFamily>(std::move(info), std::move(source));
  AFamily* const added = family.get();
  const std::scoped_lock lock(mutex_);
  // A histogram's lines have names of their own, which no other metric may have.
  for (const auto& [taken, other] : entries_) {
    const auto is_line_of = [](std::string_view line, std::string_view histogram) {
      return line.starts_with(histogram) &&
             (line.substr(histogram.size()) == "_bucket" ||
              line.substr(histogram.size()) == "_sum" || line.substr(histogram.size()) == "_count");
    };
    if (taken == name || (type == kHistogram && is_line_of(taken, name)) ||
        (other.type == kHistogram && is_line_of(name, taken))) {
      return Fail(Code::kInvalid,
                  fmt::format("the metric {} is there already, as {}", name, taken));
    }
  }
  entries_.emplace(name, Entry{std::move(help), type, std::move(family)});
  return added;
}

Result<Family<Counter>*> Registry::AddCounters(MetricInfo info) {
  return Add<Family<Counter>>(std::move(info), "counter", std::vector<double>());
}

Result<Family<Gauge>*> Registry::AddGauges(MetricInfo info) {
  return Add<Family<Gauge>>(std::move(info), "gauge", std::vector<double>());
}

Result<Family<Histogram>*> Registry::AddHistograms(MetricInfo info, std::vector<double> bounds) {
  const bool are_numbers = std::ranges::all_of(bounds, [](double b) { return std::isfinite(b); });
  if (!are_numbers || std::ranges::adjacent_find(bounds, std::greater_equal<>()) != bounds.end()) {
    return Fail(Code::kInvalid, fmt::format("the bounds of {} do not rise", info.name));
  }
  return Add<Family<Histogram>>(std::move(info), kHistogram, std::move(bounds));
}

Status Registry::AddReadGauges(MetricInfo info, std::function<std::vector<Sample>()> read) {
  EIDER_CHECK(Add<ReadFamily>(std::move(info), "gauge", std::move(read)));
  return {};
}

std::string Registry::ToPrometheusText() const {
  std::string text;
  const std::scoped_lock lock(mutex_);
  for (const auto& [name, entry] : entries_) {
    text += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, Escaped(entry.help, false), name,
                        entry.type);
    entry.family->Print(text);
  }
  return text;
}

}  // namespace eider::metrics
