// A queue behind a scripted transport, and a clock that a test moves.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "eider/aws/fixed_credentials.h"
#include "eider/aws/json_service.h"
#include "eider/aws/service_client.h"
#include "eider/aws/testing/scripted_transport.h"
#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/codec/json.h"
#include "eider/source/event_source.h"
#include "eider/source/sqs_queue.h"
#include "eider/source/sqs_source.h"

namespace eider::source {

// Stands still. The short pauses of retries pass at once; who sleeps for longer, the one thread of
// a source, sleeps until the test lets that time pass.
class TickingClock final : public Clock {
 public:
  TimePoint Now() override {
    const std::scoped_lock lock(mutex_);
    return now_;
  }

  void SleepFor(Milliseconds duration, std::stop_token stop) override {
    std::unique_lock lock(mutex_);
    if (duration <= kPauseMax) {
      now_ += duration;
      return;
    }
    const int sleep = ++sleeps_;
    duration_ = duration;
    changed_.notify_all();
    changed_.wait(lock, stop, [&] { return passed_ >= sleep; });
  }

  void Advance(Milliseconds duration) {
    const std::scoped_lock lock(mutex_);
    now_ += duration;
  }

  // Lets one long sleep pass, and returns when its thread sleeps again. How long it was.
  Milliseconds PassSleep() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return sleeps_ > passed_; });
    const Milliseconds duration = duration_;
    now_ += duration;
    ++passed_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return sleeps_ > passed_; });
    return duration;
  }

 private:
  static constexpr Milliseconds kPauseMax{5'000};

  std::mutex mutex_;
  std::condition_variable_any changed_;
  TimePoint now_{Milliseconds(1'700'000'000'000)};
  Milliseconds duration_{0};
  int sleeps_ = 0;
  int passed_ = 0;
};

struct Given {
  std::string id;
  int receive_count = 1;
  std::string group = {};
  std::string receipt = {};  // empty: "receipt-" and the id
  std::string body = {};     // empty: an event of the object of that id
};

inline std::string S3EventOf(const std::string& key) {
  return codec::ToJsonText(
      {{"Records",
        {{{"eventSource", "aws:s3"},
          {"eventName", "ObjectCreated:Put"},
          {"s3", {{"bucket", {{"name", "src"}}}, {"object", {{"key", key}, {"size", 3}}}}}}}}});
}

inline const codec::Json kLost = {{"SenderFault", true}, {"Code", "ReceiptHandleIsInvalid"}};
inline const codec::Json kServerFault = {
    {"SenderFault", false}, {"Code", "InternalError"}, {"Message", "try again"}};

class SqsFixture : public testing::Test {
 protected:
  static constexpr const char* kUrl = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders";
  static constexpr const char* kFifoUrl =
      "https://sqs.eu-west-1.amazonaws.com/123456789012/orders.fifo";

  // Answers of ReceiveMessage; of batches as the requests have their entries.
  void AnswerReceive(const std::vector<Given>& messages) {
    codec::Json list = codec::Json::array();
    for (const Given& given : messages) {
      codec::Json attributes = {{"ApproximateReceiveCount", std::to_string(given.receive_count)}};
      if (!given.group.empty()) attributes["MessageGroupId"] = given.group;
      list.push_back(
          {{"MessageId", given.id},
           {"ReceiptHandle", given.receipt.empty() ? "receipt-" + given.id : given.receipt},
           {"MD5OfBody", "not looked at"},
           {"Body", given.body.empty() ? S3EventOf(given.id) : given.body},
           {"Attributes", attributes}});
    }
    transport_.Add(200, codec::ToJsonText(messages.empty() ? codec::Json::object()
                                                           : codec::Json{{"Messages", list}}));
  }

  // All entries are done but those of these receipts.
  void AnswerBatch(std::vector<std::pair<std::string, codec::Json>> failures = {}) {
    transport_.Add(
        [failures = std::move(failures)](const http::Request& request) -> Result<http::Response> {
          const auto input = codec::ParseJson(request.body);
          codec::Json answer = {{"Successful", codec::Json::array()}};
          for (const codec::Json& entry : input->at("Entries")) {
            codec::Json failed;
            for (const auto& [receipt, failure] : failures) {
              if (entry.at("ReceiptHandle") == receipt) failed = failure;
            }
            if (failed.is_null()) {
              answer["Successful"].push_back({{"Id", entry.at("Id")}});
            } else {
              failed["Id"] = entry.at("Id");
              answer["Failed"].push_back(std::move(failed));
            }
          }
          return http::Response{.status = 200, .body = codec::ToJsonText(answer)};
        });
  }

  void AnswerError(int status, const std::string& type, const std::string& query_code) {
    transport_.Add(
        status,
        fmt::format(R"({{"__type":"com.amazonaws.sqs#{}","message":"the service's words"}})", type),
        {{"x-amzn-query-error", query_code + ";Sender"}, {"x-amzn-requestid", "r-1"}});
  }

  std::string Operation(std::size_t place) const {
    return transport_.sent().at(place).Find("x-amz-target");
  }

  codec::Json Input(std::size_t place) const {
    return codec::ParseJson(transport_.sent().at(place).body).value_or(codec::Json());
  }

  // "receipt" of each entry of a batch, or "receipt 30" with the visibility that it asks for.
  std::vector<std::string> Entries(std::size_t place) const {
    std::vector<std::string> entries;
    const codec::Json input = Input(place);
    for (const codec::Json& entry : input.at("Entries")) {
      std::string text = entry.at("ReceiptHandle");
      if (entry.contains("VisibilityTimeout")) text += " " + entry.at("VisibilityTimeout").dump();
      entries.push_back(std::move(text));
    }
    return entries;
  }

  SqsDeps deps() { return {service_, clock_, random_}; }

  aws::ScriptedTransport transport_;
  aws::FixedCredentials credentials_{{"id", "secret", "", {}}};
  TickingClock clock_;
  SeededRandom random_{7};
  aws::ServiceClient client_{
      {.service = "sqs",
       .region = "eu-west-1",
       .retry = {.num_retries = 1, .min_wait = Milliseconds(1), .max_wait = Milliseconds(1)}},
      {transport_, credentials_, clock_, random_}};
  aws::JsonService service_{client_, {"https://sqs.eu-west-1.amazonaws.com", "AmazonSQS", "1.0"}};
};

// The sources of such a queue.
class SqsSourceFixture : public SqsFixture {
 protected:
  // Sources are destroyed before.
  void TearDown() override {
    EXPECT_TRUE(transport_.is_used_up()) << "fewer requests than expected";
  }

  std::unique_ptr<EventSource> Open(const char* url = kUrl) {
    return NewSqsSource({.queue_url = url, .wait = Milliseconds(0)}, deps());
  }

  static std::vector<std::string> Ids(const Result<std::vector<Delivery>>& received) {
    std::vector<std::string> ids;
    EXPECT_TRUE(received) << received.error().message;
    if (!received) return ids;
    for (const Delivery& delivery : *received) ids.push_back(delivery.id);
    return ids;
  }

  std::vector<std::string> Receive(EventSource& source, std::vector<Given> messages) {
    AnswerReceive(messages);
    return Ids(source.Receive(100, {}));
  }

  static void Settle(EventSource& source, std::initializer_list<Settled> settled) {
    const Status status = source.Settle(settled);
    EXPECT_TRUE(status) << status.error().message;
  }

  // Time until the source has looked twice at what is to be hidden for longer: a third of 120 s.
  void PassAThird() {
    EXPECT_EQ(clock_.PassSleep(), Milliseconds(20'000));
    clock_.PassSleep();
  }

  std::size_t requests() const { return transport_.sent().size(); }
};

}  // namespace eider::source
