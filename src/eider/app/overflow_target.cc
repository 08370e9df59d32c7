#include "eider/app/overflow_target.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/app/aws_access.h"
#include "eider/app/open_sqs_source.h"
#include "eider/aws/json_service.h"
#include "eider/aws/service_client.h"
#include "eider/base/in_parallel.h"
#include "eider/codec/json.h"
#include "eider/source/s3_event.h"
#include "eider/source/sqs_queue.h"

namespace eider::app {
namespace {

constexpr std::string_view kBatchScheme = "batch://";

Result<source::SqsQueue> OpenStandardQueue(const std::string& queue, AwsAccess& aws, Clock& clock,
                                           Random& random) {
  EIDER_ASSIGN(source::SqsQueue opened, OpenSqsQueue(queue, aws, clock, random));
  if (!opened.is_fifo()) return opened;
  return Fail(Code::kUnsupported,
              fmt::format("{} is a FIFO queue; it has to be a standard one", queue));
}

class QueueTarget final : public OverflowTarget {
 public:
  explicit QueueTarget(source::SqsQueue queue) : queue_(std::move(queue)) {}

  std::string name() const override { return fmt::format("queue {}", queue_.name()); }

  Status Send(const FileRef& file, int /*pieces*/, const std::string& /*queue*/) override {
    return queue_.Add(source::S3EventOf(file), {});
  }

 private:
  source::SqsQueue queue_;
};

class BatchTarget final : public OverflowTarget {
 public:
  BatchTarget(AwsService batch, std::string queue, std::string definition)
      : batch_(std::move(batch)), queue_(std::move(queue)), definition_(std::move(definition)) {}

  std::string name() const override { return "job queue " + queue_; }

  Status Send(const FileRef& file, int /*pieces*/, const std::string& /*queue*/) override {
    const std::string body = codec::ToJsonText({{"jobName", "eider-overflow"},
                                                {"jobQueue", queue_},
                                                {"jobDefinition", definition_},
                                                {"parameters", {{"uri", file.uri.ToString()}}}});
    EIDER_ASSIGN(const auto answer, batch_.client.Send({.method = "POST",
                                                        .url = batch_.endpoint + "/v1/submitjob",
                                                        .headers = {{"content-type", kJson}},
                                                        .body = body}));
    if (answer.status < 300) return {};
    return Fail("SubmitJob", aws::ToError(aws::ParseServiceError(answer)));
  }

 private:
  static constexpr const char* kJson = "application/json";

  AwsService batch_;
  std::string queue_;
  std::string definition_;
};

class MachineTarget final : public OverflowTarget {
 public:
  MachineTarget(aws::JsonService& states, std::string arn)
      : states_(states), arn_(std::move(arn)) {}

  std::string name() const override { return "state machine " + arn_.substr(arn_.rfind(':') + 1); }

  Cuts cuts() const override { return Cuts::kWhereTheyMay; }

  Status Send(const FileRef& file, int pieces, const std::string& /*queue*/) override {
    codec::Json input = {{"uri", file.uri.ToString()}};
    for (int number = 1; number <= pieces; ++number) {
      input["pieces"].push_back(fmt::format("{}/{}", number, pieces));
    }
    const auto started = states_.Invoke(
        "StartExecution", {{"stateMachineArn", arn_}, {"input", codec::ToJsonText(input)}}, true);
    if (started) return {};
    return std::unexpected(started.error().error);
  }

 private:
  aws::JsonService& states_;
  std::string arn_;
};

// The URL of a queue that arn:PARTITION:sqs:REGION:ACCOUNT:NAME names; empty: it is no such ARN.
std::string UrlOfQueue(std::string_view arn) {
  std::vector<std::string_view> words;
  for (std::size_t begin = 0; begin <= arn.size();) {
    const std::size_t end = std::min(arn.find(':', begin), arn.size());
    words.push_back(arn.substr(begin, end - begin));
    begin = end + 1;
  }
  if (words.size() != 6 || words[0] != "arn" || words[2] != "sqs") return "";
  const std::string_view domain = words[1] == "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
  return fmt::format("https://sqs.{}.{}/{}/{}", words[3], domain, words[4], words[5]);
}

class FleetTarget final : public OverflowTarget {
 public:
  FleetTarget(AwsAccess& aws, Clock& clock, Random& random)
      : aws_(aws), clock_(clock), random_(random) {}

  std::string name() const override { return "this function"; }

  Cuts cuts() const override { return Cuts::kAlways; }

  Status Send(const FileRef& file, int pieces, const std::string& queue) override {
    constexpr std::size_t kSendersMax = 16;
    const std::string url = UrlOfQueue(queue);
    if (url.empty()) {
      return Fail(Code::kUnsupported,
                  "overflow: lambda sends pieces by the SQS queue that files come by, and this one "
                  "came by none: have S3 notify a queue that calls the function");
    }
    EIDER_ASSIGN(source::SqsQueue sender, OpenStandardQueue(url, aws_, clock_, random_));
    const std::string cut = NewUuid(random_);
    return AllInParallel(static_cast<std::size_t>(pieces), kSendersMax, [&](std::size_t i) {
      const source::FilePiece piece{static_cast<int>(i) + 1, pieces, cut};
      return sender.Add(source::S3EventOf(file, piece), {});
    });
  }

 private:
  AwsAccess& aws_;
  Clock& clock_;
  Random& random_;
};

// arn:aws:states:REGION:ACCOUNT:stateMachine:NAME
bool IsMachine(std::string_view overflow) {
  return overflow.starts_with("arn:") && overflow.find(":states:") != std::string_view::npos &&
         overflow.find(":stateMachine:") != std::string_view::npos;
}

Result<std::unique_ptr<OverflowTarget>> OpenBatch(std::string_view names, AwsAccess& aws) {
  const std::size_t slash = names.find('/');
  const std::string_view queue = names.substr(0, slash);
  const std::string_view definition =
      slash == std::string_view::npos ? "" : names.substr(slash + 1);
  if (queue.empty() || definition.empty() || definition.find('/') != std::string_view::npos) {
    return Fail(Code::kInvalid,
                fmt::format("{}{} names no job queue and job definition of AWS Batch: say "
                            "batch://JOB_QUEUE/JOB_DEFINITION",
                            kBatchScheme, names));
  }
  EIDER_ASSIGN(AwsService batch, aws.Service("batch"));
  return std::make_unique<BatchTarget>(std::move(batch), std::string(queue),
                                       std::string(definition));
}

}  // namespace

Result<std::unique_ptr<OverflowTarget>> OpenOverflowTarget(const std::string& overflow,
                                                           AwsAccess& aws, Clock& clock,
                                                           Random& random) {
  if (overflow.starts_with(kBatchScheme)) {
    return OpenBatch(std::string_view(overflow).substr(kBatchScheme.size()), aws);
  }
  if (overflow == kOwnFleet) return std::make_unique<FleetTarget>(aws, clock, random);
  if (IsMachine(overflow)) {
    EIDER_ASSIGN(aws::JsonService* const states, aws.StepFunctions());
    return std::make_unique<MachineTarget>(*states, overflow);
  }
  EIDER_ASSIGN(source::SqsQueue queue, OpenStandardQueue(overflow, aws, clock, random));
  return std::make_unique<QueueTarget>(std::move(queue));
}

}  // namespace eider::app
