#include "eider/config/notify_target.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace eider::config {
namespace {

constexpr std::string_view kForms =
    "a target is https://host/path, arn:aws:sns:REGION:ACCOUNT:TOPIC or "
    "arn:aws:events:REGION:ACCOUNT:event-bus/NAME";

std::vector<std::string_view> PartsOf(std::string_view arn) {
  std::vector<std::string_view> parts;
  while (parts.size() < 5) {
    const std::size_t colon = arn.find(':');
    parts.push_back(arn.substr(0, colon));
    if (colon == std::string_view::npos) return parts;
    arn.remove_prefix(colon + 1);
  }
  parts.push_back(arn);
  return parts;
}

Result<NotifyTarget> ParseArn(std::string_view text) {
  const std::vector<std::string_view> parts = PartsOf(text);
  const bool is_whole = parts.size() == 6 && !parts[3].empty() && !parts[5].empty();
  if (is_whole && parts[2] == "sns") {
    return NotifyTarget{NotifyKind::kSnsTopic, std::string(text), std::string(parts[3])};
  }
  if (is_whole && parts[2] == "events" && parts[5].starts_with("event-bus/")) {
    return NotifyTarget{NotifyKind::kEventBus, std::string(text), std::string(parts[3])};
  }
  return Fail(Code::kInvalid, fmt::format("{}: '{}'", kForms, text));
}

std::string Shown(std::string_view target) {
  const std::size_t query = target.find('?');
  if (query == std::string_view::npos) return std::string(target);
  return std::string(target.substr(0, query)) + "?***";
}

}  // namespace

Result<NotifyTarget> ParseNotifyTarget(std::string_view text) {
  if (text.starts_with("arn:")) return ParseArn(text);
  const std::size_t scheme_end = text.find("://");
  const std::string_view scheme = text.substr(0, scheme_end);
  if (scheme_end == std::string_view::npos || (scheme != "https" && scheme != "http")) {
    return Fail(Code::kInvalid, std::string(kForms));  // the text may be a secret
  }
  const std::string_view rest = text.substr(scheme_end + 3);
  const std::string_view host = rest.substr(0, rest.find_first_of("/?#"));
  if (host.contains('@')) {
    return Fail(Code::kInvalid,
                "a webhook's URL has no user or password in it: set notify_token, which it gets as "
                "a bearer token");
  }
  if (host.empty() || text.contains('#')) {
    return Fail(Code::kInvalid, fmt::format("{}: '{}'", kForms, Shown(text)));
  }
  return NotifyTarget{NotifyKind::kWebhook, std::string(text), ""};
}

Result<std::vector<std::string>> ParseNotify(const SettingText& in) {
  EIDER_ASSIGN(std::vector<std::string> targets, ParseWords(in));
  for (const std::string& target : targets) EIDER_CHECK(ParseNotifyTarget(target));
  return targets;
}

std::string ShownNotify(const std::vector<std::string>& targets) {
  std::vector<std::string> shown;
  for (const std::string& target : targets) shown.push_back(Shown(target));
  return PrintValue(shown);
}

}  // namespace eider::config
