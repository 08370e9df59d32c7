#include "eider/app/open_targets.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "eider/app/aws_access.h"
#include "eider/base/backoff.h"
#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/config/notify_target.h"
#include "eider/errands/aws_targets.h"
#include "eider/errands/webhook.h"

namespace eider::app {
namespace {

// Short: errands have pauses of their own.
constexpr RetryLimits kRetries{.num_retries = 2,
                               .min_wait = Milliseconds(100),
                               .max_wait = Milliseconds(1'000),
                               .total_timeout = Milliseconds(5'000)};

Result<std::unique_ptr<errands::Target>> OpenAwsTarget(config::NotifyTarget target,
                                                       AwsAccess& aws) {
  const bool is_topic = target.kind == config::NotifyKind::kSnsTopic;
  EIDER_ASSIGN(const AwsService service,
               aws.ServiceOf(is_topic ? "sns" : "events", {.credentials = nullptr,
                                                           .region = std::move(target.region),
                                                           .endpoint = {},
                                                           .retry = kRetries}));
  errands::AwsTargetOptions options{std::move(target.address), service.endpoint};
  return is_topic ? errands::NewSnsTopic(std::move(options), service.client)
                  : errands::NewEventBus(std::move(options), service.client);
}

}  // namespace

Result<std::vector<std::unique_ptr<errands::Target>>> OpenTargets(
    const config::Config& config, const std::function<AwsAccess&()>& aws) {
  std::vector<std::unique_ptr<errands::Target>> targets;
  for (const std::string& text : config.notify) {
    EIDER_ASSIGN(config::NotifyTarget target, config::ParseNotifyTarget(text));
    if (target.kind == config::NotifyKind::kWebhook) {
      targets.push_back(errands::NewWebhook(
          {std::move(target.address), config.notify_token, config.notify_secret},
          aws().transport()));
      continue;
    }
    EIDER_ASSIGN(auto opened, OpenAwsTarget(std::move(target), aws()));
    targets.push_back(std::move(opened));
  }
  return targets;
}

}  // namespace eider::app
