#include "eider/errands/aws_targets.h"

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/aws/json_service.h"
#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/codec/json.h"

namespace eider::errands {
namespace {

using codec::Json;
using codec::JsonObject;

constexpr Milliseconds kTimeout{5'000};

class SnsTopic final : public Target {
 public:
  SnsTopic(AwsTargetOptions options, aws::ServiceClient& client)
      : options_(std::move(options)), client_(client) {}

  const std::string& name() const override { return options_.arn; }

  const std::string& address() const override { return options_.arn; }

  // SNS speaks forms, and no JSON by target.
  Status Tell(const Event& event, const std::stop_token& stop) override {
    std::string form = "Action=Publish&Version=2010-03-31";
    const auto add = [&](std::string_view field, std::string_view value) {
      form += fmt::format("&{}={}", field, aws::UriEncode(value, false));
    };
    add("TopicArn", options_.arn);
    add("Message", event.body);
    add("MessageAttributes.entry.1.Name", "type");
    add("MessageAttributes.entry.1.Value.DataType", "String");
    add("MessageAttributes.entry.1.Value.StringValue", event.type);
    if (options_.arn.ends_with(".fifo")) {
      add("MessageGroupId", event.group);
      add("MessageDeduplicationId", event.id);
    }
    const auto answer = client_.Send(
        {.method = "POST",
         .url = options_.endpoint + "/",
         .headers = {{"content-type", "application/x-www-form-urlencoded; charset=utf-8"}},
         .body = form,
         .timeout = kTimeout},
        stop);
    if (!answer) return std::unexpected(answer.error());
    if (answer->status < 300) return {};
    return std::unexpected(aws::ToError(aws::ParseServiceError(*answer)));
  }

 private:
  const AwsTargetOptions options_;
  aws::ServiceClient& client_;
};

class EventBus final : public Target {
 public:
  EventBus(AwsTargetOptions options, aws::ServiceClient& client)
      : options_(std::move(options)),
        service_(
            client,
            {.endpoint = options_.endpoint, .target_prefix = "AWSEvents", .json_version = "1.1"}) {}

  const std::string& name() const override { return options_.arn; }

  const std::string& address() const override { return options_.arn; }

  Status Tell(const Event& event, const std::stop_token& stop) override {
    const Json input = {{"Entries",
                         {{{"Source", "eider"},
                           {"DetailType", event.type},
                           {"Detail", event.body},
                           {"EventBusName", options_.arn}}}}};
    auto answer = service_.Invoke("PutEvents", input, true, stop);
    if (!answer) return std::unexpected(std::move(answer).error().error);
    return OutcomeOf(*answer);
  }

 private:
  // The answer is of status 200 whatever became of the entry.
  static Status OutcomeOf(const Json& answer) {
    EIDER_ASSIGN(const JsonObject object, JsonObject::Of(answer, "PutEvents"));
    EIDER_ASSIGN(const std::vector<JsonObject> entries, object.Objects("Entries"));
    for (const JsonObject& entry : entries) {
      EIDER_ASSIGN(const auto code, entry.OptionalString("ErrorCode"));
      EIDER_ASSIGN(const auto message, entry.OptionalString("ErrorMessage"));
      if (code) {
        return Fail(Code::kUnavailable,
                    fmt::format("PutEvents: {}: {}", *code, message.value_or("")));
      }
    }
    return {};
  }

  const AwsTargetOptions options_;
  aws::JsonService service_;
};

}  // namespace

std::unique_ptr<Target> NewSnsTopic(AwsTargetOptions options, aws::ServiceClient& client) {
  return std::make_unique<SnsTopic>(std::move(options), client);
}

std::unique_ptr<Target> NewEventBus(AwsTargetOptions options, aws::ServiceClient& client) {
  return std::make_unique<EventBus>(std::move(options), client);
}

}  // namespace eider::errands
