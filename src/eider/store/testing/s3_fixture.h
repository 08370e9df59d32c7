// What the tests of S3 share: a store over a transport that answers as a test says, and remembers.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/aws/fixed_credentials.h"
#include "eider/aws/service_client.h"
#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/base/testing/shared_clock.h"
#include "eider/http/transport.h"
#include "eider/store/s3_store.h"

namespace eider::store {

// A request as it left.
struct SentRequest {
  std::string method;
  std::string target;  // the URL after host and bucket: "/key?query"
  std::vector<http::Header> headers;
  std::string body;

  std::string Header(std::string_view name) const {
    const auto found = std::ranges::find(headers, name, &http::Header::name);
    return found == headers.end() ? "" : found->value;
  }
};

class ScriptedTransport final : public http::Transport {
 public:
  using Script = std::function<Result<http::Response>(const SentRequest&)>;

  explicit ScriptedTransport(std::string prefix) : prefix_(std::move(prefix)) {}

  Result<http::Response> Send(const http::Request& request, const std::stop_token& stop) override {
    if (stop.stop_requested()) return Fail(Code::kCancelled, "stopped");
    SentRequest sent{request.method, request.url, request.headers, std::string(request.body)};
    EXPECT_TRUE(sent.target.starts_with(prefix_)) << sent.target;
    sent.target.erase(0, prefix_.size());
    {
      const std::lock_guard lock(mutex_);
      sent_.push_back(sent);
    }
    auto answer = script(sent);
    if (answer && answer->status / 100 == 2 && !request.sink.empty()) {
      EXPECT_LE(answer->body.size(), request.sink.size());
      answer->sink_bytes = answer->body.copy(request.sink.data(), request.sink.size());
      answer->body.clear();
    }
    return answer;
  }

  // "GET /key", in the order sent.
  std::vector<std::string> Lines() {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> lines;
    for (const SentRequest& sent : sent_) lines.push_back(sent.method + " " + sent.target);
    return lines;
  }

  SentRequest Last() {
    const std::lock_guard lock(mutex_);
    return sent_.empty() ? SentRequest{} : sent_.back();
  }

  Script script;

 private:
  std::string prefix_;
  std::mutex mutex_;
  std::vector<SentRequest> sent_;
};

inline http::Response Answer(int status, std::string body = "",
                             std::vector<http::Header> headers = {}) {
  http::Response answer;
  answer.status = status;
  answer.body = std::move(body);
  answer.headers = std::move(headers);
  return answer;
}

inline http::Response Refusal(int status, const std::string& code,
                              std::vector<http::Header> headers = {}) {
  return Answer(status, "<Error><Code>" + code + "</Code><Message>said S3</Message></Error>",
                std::move(headers));
}

class S3Fixture : public testing::Test {
 protected:
  static constexpr std::size_t kRange = 64;
  static constexpr std::size_t kBlock = 16;

  S3Fixture() {
    S3Options options;
    options.endpoint.url = "http://s3.test";
    options.endpoint.is_custom = true;
    options.region = "eu-west-1";
    options.reading = {.whole_bytes_max = 256,
                       .range_bytes = kRange,
                       .block_bytes = kBlock,
                       .blocks_max = 4,
                       .tail_bytes = 32};
    store_ = std::make_unique<S3Store>(options, S3Store::Deps{client_, clock_, random_});
  }

  // A read that failed may have left requests under way, and scripts refer to what a test's own
  // fixture holds: the store ends, and its requests with it, before any of that does.
  void TearDown() override { store_.reset(); }

  // Answers a GET with the part of `object` that it asks for.
  static http::Response Serve(const SentRequest& sent, std::string_view object) {
    const std::string range = sent.Header("range");
    std::size_t first = 0;
    std::size_t last = 0;
    const char* const end = range.data() + range.size();
    const char* at = std::from_chars(range.data() + 6, end, first).ptr;  // after "bytes="
    std::from_chars(at + 1, end, last);
    last = std::min(last, object.size() - 1);
    return Answer(
        206, std::string(object.substr(first, last - first + 1)),
        {{"content-range", "bytes " + range.substr(6) + "/" + std::to_string(object.size())},
         {"etag", "\"tag\""}});
  }

  static Uri At(const std::string& key) { return {"s3", "b", key}; }

  // Distinguishable at every place.
  static std::string Content(std::size_t size_bytes) {
    std::string content;
    for (std::size_t i = 0; i < size_bytes; ++i) content += static_cast<char>('a' + i * 7 % 26);
    return content;
  }

  SharedClock clock_{TimePoint(Milliseconds(1'700'000'000'000))};
  SeededRandom random_{7};
  aws::FixedCredentials credentials_{{"AKID", "secret", "", {}}};
  ScriptedTransport transport_{"http://s3.test/b"};
  aws::ServiceClient client_{{.service = "s3", .region = "eu-west-1"},
                             {transport_, credentials_, clock_, random_}};
  std::unique_ptr<S3Store> store_;
};

}  // namespace eider::store
