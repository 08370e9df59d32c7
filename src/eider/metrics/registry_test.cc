// The text against Prometheus' description of it, and the numbers under many threads.
#include "eider/metrics/registry.h"

#include <cmath>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"

namespace eider::metrics {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// The lines of the format's own example ("Exposition formats"), in the order of names here.
TEST(Registry, PrintsLinesAsTheFormatDescribesThem) {
  Registry registry;
  const auto requests = registry.AddCounters({.name = "http_requests_total",
                                              .help = "The total number of HTTP requests.",
                                              .labels = {"method", "code"}});
  ASSERT_TRUE(requests) << requests.error().message;
  (*requests)->With({"post", "400"}).Add(3);
  (*requests)->With({"post", "200"}).Add(1026);
  (*requests)->With({"post", "200"}).Add();
  const auto files = registry.AddGauges({.name = "msdos_file_access_time_seconds",
                                         .help = "Back\\slash,\nline",
                                         .labels = {"path", "error"}});
  ASSERT_TRUE(files);
  (*files)->With({"C:\\DIR\\FILE.TXT", "Cannot find file:\n\"FILE.TXT\""}).Set(1.458255915e9);
  ASSERT_TRUE(registry.AddGauges({.name = "metric_without_labels", .help = ""}));
  EXPECT_EQ(registry.ToPrometheusText(),
            R"(# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027
http_requests_total{method="post",code="400"} 3
# HELP metric_without_labels 
# TYPE metric_without_labels gauge
metric_without_labels 0
# HELP msdos_file_access_time_seconds Back\\slash,\nline
# TYPE msdos_file_access_time_seconds gauge
msdos_file_access_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\""} 1458255915
)");
}

// Buckets count all that is not above their bound; the bound itself belongs to its bucket.
TEST(Registry, PrintsHistogramsWithCumulativeBuckets) {
  Registry registry;
  const auto times = registry.AddHistograms(
      {.name = "commit_seconds", .help = "Of a commit.", .labels = {"table"}}, {0.05, 0.5, 10});
  ASSERT_TRUE(times) << times.error().message;
  for (const double seconds : {0.05, 0.0625, 0.5, 2.0, 2.0, 64.0}) {
    (*times)->With({"db.t"}).Observe(seconds);
  }
  EXPECT_EQ(registry.ToPrometheusText(), R"(# HELP commit_seconds Of a commit.
# TYPE commit_seconds histogram
commit_seconds_bucket{table="db.t",le="0.05"} 1
commit_seconds_bucket{table="db.t",le="0.5"} 3
commit_seconds_bucket{table="db.t",le="10"} 5
commit_seconds_bucket{table="db.t",le="+Inf"} 6
commit_seconds_sum{table="db.t"} 68.6125
commit_seconds_count{table="db.t"} 6
)");
}

TEST(Registry, WritesNumbersThatAreNone) {
  Registry registry;
  Family<Gauge>& gauges = **registry.AddGauges({.name = "g", .help = "", .labels = {"l"}});
  gauges.With({"a"}).Set(std::numeric_limits<double>::infinity());
  gauges.With({"b"}).Set(-std::numeric_limits<double>::infinity());
  gauges.With({"c"}).Set(std::nan(""));
  gauges.With({"d"}).Set(9007199254740991.0);
  gauges.With({"e"}).Add(-0.25);
  const std::string text = registry.ToPrometheusText();
  for (const char* line : {"g{l=\"a\"} +Inf\n", "g{l=\"b\"} -Inf\n", "g{l=\"c\"} NaN\n",
                           "g{l=\"d\"} 9007199254740991\n", "g{l=\"e\"} -0.25\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(Registry, BeyondTheLimitAllIsOther) {
  Registry registry;
  Family<Counter>& counters = **registry.AddCounters(
      {.name = "c_total", .help = "", .labels = {"route", "table"}, .sets_max = 2});
  counters.With({"a", "t"}).Add();
  counters.With({"b", "t"}).Add();
  for (int i = 0; i < 1000; ++i) counters.With({"r" + std::to_string(i), "t"}).Add();
  counters.With({"a", "t"}).Add();
  EXPECT_EQ(registry.ToPrometheusText(), R"(# HELP c_total 
# TYPE c_total counter
c_total{route="a",table="t"} 2
c_total{route="b",table="t"} 1
c_total{route="other",table="other"} 1000
)");
}

// Two lines of one name and the same labels would make Prometheus refuse the whole text.
TEST(Registry, ValuesThatAreNoUtf8AreOneSet) {
  Registry registry;
  Family<Counter>& counters =
      **registry.AddCounters({.name = "c_total", .help = "", .labels = {"l"}});
  counters.With({"a\xff"}).Add();
  counters.With({"a\xfe"}).Add();
  counters.With({"ñ\t"}).Add();
  EXPECT_EQ(registry.ToPrometheusText(),
            "# HELP c_total \n# TYPE c_total counter\n"
            "c_total{l=\"a\xEF\xBF\xBD\"} 2\nc_total{l=\"ñ\t\"} 1\n");
}

TEST(Registry, ReadsGaugesWhenItPrints) {
  Registry registry;
  int waiting = 1;
  ASSERT_TRUE(registry.AddReadGauges(
      {.name = "waiting", .help = "Files.", .labels = {"table"}, .sets_max = 2}, [&] {
        return std::vector<Sample>{
            {{"a"}, 1.0 * waiting}, {{"b"}, 2}, {{"a"}, 3}, {{"c"}, 4}, {{"d"}, 5}};
      }));
  waiting = 7;
  EXPECT_EQ(registry.ToPrometheusText(), R"(# HELP waiting Files.
# TYPE waiting gauge
waiting{table="a"} 10
waiting{table="b"} 2
waiting{table="other"} 9
)");
}

TEST(Registry, RefusesWhatIsNoMetric) {
  Registry registry;
  for (const char* name : {"", "1a", "a-b", "a b", "ä", "a\n"}) {
    const auto added = registry.AddCounters({.name = name, .help = ""});
    ASSERT_FALSE(added) << name;
    EXPECT_EQ(added.error().code, Code::kInvalid);
  }
  for (const std::vector<std::string>& labels :
       std::vector<std::vector<std::string>>{{""}, {"a:b"}, {"__a"}, {"a", "a"}, {"0"}, {"a b"}}) {
    EXPECT_FALSE(registry.AddGauges({.name = "g", .help = "", .labels = labels})) << labels[0];
  }
  EXPECT_FALSE(registry.AddHistograms({.name = "h", .help = "", .labels = {"le"}}, {1}));
  EXPECT_TRUE(registry.AddGauges({.name = "g:le", .help = "", .labels = {"le"}}));
  EXPECT_FALSE(registry.AddHistograms({.name = "h", .help = ""}, {1, 1}));
  EXPECT_FALSE(registry.AddHistograms({.name = "h", .help = ""}, {2, 1}));
  EXPECT_FALSE(registry.AddHistograms({.name = "h", .help = ""}, {1, std::nan("")}));
  EXPECT_FALSE(registry.AddCounters({.name = "c", .help = "", .sets_max = 0}));
}

TEST(Registry, ANameIsOneMetrics) {
  Registry registry;
  ASSERT_TRUE(registry.AddCounters({.name = "a_count", .help = ""}));
  EXPECT_FALSE(registry.AddGauges({.name = "a_count", .help = ""}));
  EXPECT_FALSE(registry.AddHistograms({.name = "a", .help = ""}, {1}));
  ASSERT_TRUE(registry.AddHistograms({.name = "b", .help = ""}, {1}));
  EXPECT_FALSE(registry.AddCounters({.name = "b_sum", .help = ""}));
  EXPECT_FALSE(registry.AddCounters({.name = "b_bucket", .help = ""}));
  EXPECT_TRUE(registry.AddCounters({.name = "b_total", .help = ""}));
}

TEST(Registry, CountsWhatManyThreadsCount) {
  Registry registry;
  Family<Counter>& counters =
      **registry.AddCounters({.name = "c_total", .help = "", .labels = {"l"}, .sets_max = 8});
  Family<Histogram>& histograms = **registry.AddHistograms({.name = "h", .help = ""}, {1, 2});
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 8; ++thread) {
      threads.emplace_back([&] {
        for (int i = 0; i < 5'000; ++i) {
          counters.With({std::to_string(i % 16)}).Add();
          histograms.With({}).Observe(i % 4);
          if (i % 1'000 == 0) {
            EXPECT_THAT(registry.ToPrometheusText(), HasSubstr("h_count"));
          }
        }
      });
    }
  }
  double sum = counters.With({"other"}).value();
  for (int i = 0; i < 16; ++i) {
    const std::string value = std::to_string(i);
    if (registry.ToPrometheusText().find("\"" + value + "\"") == std::string::npos) continue;
    sum += counters.With({value}).value();
  }
  EXPECT_EQ(sum, 40'000);
  EXPECT_THAT(registry.ToPrometheusText(), HasSubstr("h_bucket{le=\"1\"} 20000\n"
                                                     "h_bucket{le=\"2\"} 30000\n"
                                                     "h_bucket{le=\"+Inf\"} 40000\n"
                                                     "h_sum 60000\n"
                                                     "h_count 40000\n"));
}

}  // namespace
}  // namespace eider::metrics
