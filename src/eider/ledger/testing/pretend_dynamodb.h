// As much of DynamoDB as the ledger asks for, behind the transport, for tests: items in a map, the
// ledger's two conditions, and answers that get lost.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "eider/codec/json.h"
#include "eider/http/transport.h"

namespace eider::ledger {

class PretendDynamoDb final : public http::Transport {
 public:
  Result<http::Response> Send(const http::Request& request, const std::stop_token&) override {
    const std::scoped_lock lock(mutex_);
    std::string operation;
    for (const http::Header& header : request.headers) {
      if (header.name == "x-amz-target")
        operation = header.value.substr(header.value.find('.') + 1);
    }
    operations_.push_back(operation);
    if (on_body) on_body(request.body.size());
    const auto input = codec::ParseJson(request.body);
    EXPECT_TRUE(input) << input.error().message;
    if (before) before(operation);
    http::Response response = Answer(operation, *input);
    if (lose_next_answer) {
      lose_next_answer = false;
      return Fail(Code::kOutcomeUnknown, "the answer is lost");
    }
    return response;
  }

  // The operations since the last call of this.
  std::vector<std::string> TakeOperations() { return std::exchange(operations_, {}); }

  std::map<std::string, codec::Json> items;  // by the key `file`
  bool lose_next_answer = false;             // the request takes effect all the same
  std::function<void(const std::string& operation)> before = {};
  std::function<void(std::size_t bytes)> on_body = {};
  std::optional<http::Response> answer_always = {};

 private:
  static http::Response Of(int status, const codec::Json& body) {
    return {.status = status, .headers = {}, .body = codec::ToJsonText(body)};
  }

  http::Response Answer(const std::string& operation, const codec::Json& input) {
    if (answer_always) return *answer_always;
    if (operation == "PutItem") {
      if (!Holds(input)) return Refusal(input);
      items[KeyOf(input.at("Item"))] = input.at("Item");
      return Of(200, codec::Json::object());
    }
    if (operation == "TransactWriteItems") return Transact(input);
    const auto found = input.contains("Key") ? items.find(KeyOf(input.at("Key"))) : items.end();
    if (operation == "GetItem") {
      codec::Json answer = codec::Json::object();
      if (found != items.end()) answer["Item"] = found->second;
      return Of(200, answer);
    }
    if (operation == "DeleteItem") {
      if (!Holds({{"Item", input.at("Key")},
                  {"ExpressionAttributeValues", input.at("ExpressionAttributeValues")}})) {
        return Refusal(input);
      }
      items.erase(found);
      return Of(200, codec::Json::object());
    }
    ADD_FAILURE() << "unexpected operation " << operation;
    return {.status = 400, .headers = {}, .body = "{}"};
  }

  http::Response Transact(const codec::Json& input) {
    codec::Json reasons = codec::Json::array();
    bool all_hold = true;
    for (const codec::Json& write : input.at("TransactItems")) {
      const codec::Json& put = write.at("Put");
      const bool holds = Holds(put);
      all_hold = all_hold && holds;
      codec::Json reason = {{"Code", holds ? "None" : "ConditionalCheckFailed"}};
      const auto found = items.find(KeyOf(put.at("Item")));
      if (!holds && found != items.end()) reason["Item"] = found->second;
      reasons.push_back(std::move(reason));
    }
    if (!all_hold) {
      return Of(400, {{"__type", "com.amazonaws.dynamodb.v20120810#TransactionCanceledException"},
                      {"Message", "Transaction cancelled"},
                      {"CancellationReasons", reasons}});
    }
    for (const codec::Json& write : input.at("TransactItems")) {
      const codec::Json& item = write.at("Put").at("Item");
      items[KeyOf(item)] = item;
    }
    return Of(200, codec::Json::object());
  }

  // The condition: no item, or the item of one certain write.
  bool Holds(const codec::Json& put) const {
    const auto found = items.find(KeyOf(put.at("Item")));
    if (!put.contains("ExpressionAttributeValues")) return found == items.end();
    return found != items.end() &&
           found->second.at("write_id") == put.at("ExpressionAttributeValues").at(":replaced");
  }

  http::Response Refusal(const codec::Json& input) const {
    codec::Json answer = {
        {"__type", "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"},
        {"message", "The conditional request failed"}};
    const auto found = input.contains("Item") ? items.find(KeyOf(input.at("Item"))) : items.end();
    if (found != items.end()) answer["Item"] = found->second;
    return Of(400, answer);
  }

  static std::string KeyOf(const codec::Json& item) { return item.at("file").at("S"); }

  std::mutex mutex_;
  std::vector<std::string> operations_;
};

}  // namespace eider::ledger
