// A million keys in a thousand folders, each page after 20 ms as S3 takes them. Expected: eight
// times as fast as one page after the other (1,000 pages and as many HEADs: 40 s and more), and
// memory that does not grow with the number of keys.
#include <sys/resource.h>

#include <chrono>
#include <cstddef>
#include <stop_token>
#include <string_view>
#include <thread>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "eider/aws/fixed_credentials.h"
#include "eider/aws/service_client.h"
#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/http/transport.h"
#include "eider/store/s3_store.h"
#include "eider/store/testing/pretend_bucket.h"

namespace eider::store {
namespace {

constexpr std::string_view kBucketUrl = "http://s3.test/b";

class SlowTransport final : public http::Transport {
 public:
  explicit SlowTransport(const PretendBucket& bucket) : bucket_(bucket) {}

  Result<http::Response> Send(const http::Request& request, const std::stop_token& stop) override {
    if (stop.stop_requested()) return Fail(Code::kCancelled, "stopped");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    http::Response answer;
    answer.status = 200;
    if (request.method == "HEAD") {
      answer.headers = {{"content-length", "12"}};
    } else {
      answer.body = bucket_.List(std::string_view(request.url).substr(kBucketUrl.size() + 2));
    }
    return answer;
  }

 private:
  const PretendBucket& bucket_;
};

double PeakMegabytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void BM_MillionKeys(benchmark::State& state) {
  PretendBucket bucket;
  for (int i = 0; i < 1'000'000; ++i) {
    // Without a slash no range can be cut.
    const char* const form = state.range(0) == 0 ? "in/{:04}-{:06}" : "in/{:04}/{:06}";
    bucket.keys.insert(fmt::format(fmt::runtime(form), i / 1'000, i));
  }
  SystemClock clock;
  SystemRandom random;
  aws::FixedCredentials credentials({"AKID", "secret", "", {}});
  SlowTransport transport(bucket);
  aws::ServiceClient client({.service = "s3", .region = "eu-west-1"},
                            {transport, credentials, clock, random});
  S3Options options;
  options.endpoint.url = "http://s3.test";
  options.endpoint.is_custom = true;
  options.region = "eu-west-1";
  S3Store store(options, S3Store::Deps{client, clock, random});
  const double before = PeakMegabytes();
  for (auto _ : state) {
    std::size_t keys = 0;
    (void)store.List({"s3", "b", "in/"}, [&](const ObjectInfo&) { return ++keys > 0; });
    state.counters["keys"] = static_cast<double>(keys);
  }
  state.counters["more_MB"] = PeakMegabytes() - before;
}

BENCHMARK(BM_MillionKeys)
    ->Arg(1)
    ->Arg(0)
    ->ArgName("has_folders")
    ->Iterations(1)
    ->Unit(benchmark::kSecond)
    ->UseRealTime();

}  // namespace
}  // namespace eider::store
