// Who can be told of commits and failures: a webhook, a topic of SNS, a bus of EventBridge.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/result.h"
#include "eider/config/setting_value.h"

namespace eider::config {

enum class NotifyKind : std::uint8_t { kWebhook, kSnsTopic, kEventBus };

struct NotifyTarget {
  NotifyKind kind = NotifyKind::kWebhook;
  std::string address;  // the URL or the ARN
  std::string region;   // of an ARN
};

// "https://host/path", "arn:aws:sns:REGION:ACCOUNT:TOPIC",
// "arn:aws:events:REGION:ACCOUNT:event-bus/NAME". Errors: kInvalid.
Result<NotifyTarget> ParseNotifyTarget(std::string_view text);

// A list of them, each once, in their order.
Result<std::vector<std::string>> ParseNotify(const SettingText& in);

// The list for people: what follows a `?` may be a secret.
std::string ShownNotify(const std::vector<std::string>& targets);

}  // namespace eider::config
