// Numbers about the work, for who asks: counters, gauges and histograms with labels, printed in
// Prometheus' text format.
//
// Our own and not prometheus-cpp: that library counts and prints, but bounds nothing and asks
// nobody when it prints, so that the half of this file would stand around it; and its Debian
// package brings a web server and libcurl along. What it would save is one page of text.
#pragma once

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eider/base/result.h"

namespace eider::metrics {

// Of what ToPrometheusText returns.
inline constexpr std::string_view kPrometheusContentType =
    "text/plain; version=0.0.4; charset=utf-8";

// Of what a metric's values are that are beyond its limit.
inline constexpr std::string_view kOtherLabel = "other";

struct MetricInfo {
  std::string name;  // [a-zA-Z_:][a-zA-Z0-9_:]*; of a counter `…_total`, and with its unit
  std::string help;
  std::vector<std::string> labels = {};  // [a-zA-Z_][a-zA-Z0-9_]*
  // Sets of label values that are kept; what comes with further ones is added to the set whose
  // values are all "other".
  std::size_t sets_max = 10'000;
};

// All of these: safe for concurrent calls from several threads.
class Counter {
 public:
  // `amount` is not negative.
  void Add(double amount = 1) {
    assert(amount >= 0);
    value_.fetch_add(amount, std::memory_order_relaxed);
  }

  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_ = 0;
};

class Gauge {
 public:
  void Set(double value) { value_.store(value, std::memory_order_relaxed); }

  void Add(double amount) { value_.fetch_add(amount, std::memory_order_relaxed); }

  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_ = 0;
};

class Histogram {
 public:
  // The upper bounds of its buckets, rising; beyond the last there is one more.
  explicit Histogram(std::span<const double> bounds)
      : bounds_(bounds),
        counts_(std::make_unique<std::atomic<std::uint64_t>[]>(bounds.size() + 1)) {}

  void Observe(double value) {
    const auto bucket = std::ranges::lower_bound(bounds_, value) - bounds_.begin();
    counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
  }

  std::span<const double> bounds() const { return bounds_; }

  // Of one bucket alone, not of those below it.
  std::uint64_t count(std::size_t bucket) const {
    return counts_[bucket].load(std::memory_order_relaxed);
  }

  double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  std::span<const double> bounds_;
  std::unique_ptr<std::atomic<std::uint64_t>[]> counts_;
  std::atomic<double> sum_ = 0;
};

// Label values, by which the sets of a metric are told apart. UTF-8: other bytes are U+FFFD.
using LabelValues = std::vector<std::string>;

// Finds values that are no strings yet.
struct LabelOrder {
  using is_transparent = void;

  bool operator()(const auto& a, const auto& b) const {
    return std::ranges::lexicographical_compare(
        a, b, [](std::string_view x, std::string_view y) { return x < y; });
  }
};

LabelValues ToLabelValues(std::span<const std::string_view> values);

class AnyFamily {
 public:
  virtual ~AnyFamily() = default;

  // Appends the lines of all sets.
  virtual void Print(std::string& text) const = 0;
};

// A metric's sets. `With` is a look-up under a lock that readers share; who counts much keeps what
// it returns, which lives as long as the registry.
template <typename Metric>
class Family final : public AnyFamily {
 public:
  Family(MetricInfo info, std::vector<double> bounds)
      : info_(std::move(info)), bounds_(std::move(bounds)) {
    if (info_.labels.empty()) With({});  // prints 0 from the start
  }

  // `values`: one for each label, in their order.
  Metric& With(std::initializer_list<std::string_view> values) {
    return With(std::span(values.begin(), values.size()));
  }

  Metric& With(std::span<const std::string_view> values) {
    assert(values.size() == info_.labels.size());
    {
      const std::shared_lock lock(mutex_);
      if (const auto at = sets_.find(values); at != sets_.end()) return *at->second;
    }
    LabelValues kept = ToLabelValues(values);
    const std::unique_lock lock(mutex_);
    if (!sets_.contains(kept) && sets_.size() >= info_.sets_max) {
      kept.assign(info_.labels.size(), std::string(kOtherLabel));
    }
    auto& metric = sets_[std::move(kept)];
    if (!metric) metric = Make();
    return *metric;
  }

  void Print(std::string& text) const override;

 private:
  std::unique_ptr<Metric> Make() const;

  const MetricInfo info_;
  const std::vector<double> bounds_;  // of histograms
  mutable std::shared_mutex mutex_;   // guards what follows
  std::map<LabelValues, std::unique_ptr<Metric>, LabelOrder> sets_;
};

// One value of a gauge that is read when it is printed.
struct Sample {
  LabelValues labels;
  double value = 0;
};

// Safe for concurrent calls from several threads. What it hands out lives as long as it does.
class Registry {
 public:
  // Errors of all four: kInvalid (a name or label that is none, a name that is taken, bounds that
  // do not rise).
  Result<Family<Counter>*> AddCounters(MetricInfo info);
  Result<Family<Gauge>*> AddGauges(MetricInfo info);
  Result<Family<Histogram>*> AddHistograms(MetricInfo info, std::vector<double> bounds);
  // `read` is called by whoever prints, outlives the registry's last printing, does not throw and
  // registers nothing. Samples of the same labels are added up.
  Status AddReadGauges(MetricInfo info, std::function<std::vector<Sample>()> read);

  // All metrics by their names: HELP, TYPE and the lines of each.
  std::string ToPrometheusText() const;

 private:
  template <typename AFamily, typename Source>
  Result<AFamily*> Add(MetricInfo info, std::string_view type, Source source);

  struct Entry {
    std::string help;
    std::string_view type;
    std::unique_ptr<AnyFamily> family;
  };

  mutable std::mutex mutex_;  // guards what follows
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace eider::metrics
