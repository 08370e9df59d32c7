// Hosts of SQS, taken apart.
#include "eider/app/queue_address.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"

namespace eider::app {
namespace {

constexpr std::string_view kForms =
    "give its URL, https://sqs.REGION.amazonaws.com/ACCOUNT/NAME, or its name";
constexpr std::size_t kNameBytesMax = 80;

std::vector<std::string_view> LabelsOf(std::string_view host) {
  std::vector<std::string_view> labels;
  while (true) {
    const std::size_t dot = host.find('.');
    labels.push_back(host.substr(0, dot));
    if (dot == std::string_view::npos) return labels;
    host.remove_prefix(dot + 1);
  }
}

bool IsAmazons(std::string_view host) {
  return host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn") ||
         host.ends_with(".api.aws");
}

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

}  // namespace

bool IsQueueUrl(std::string_view queue) {
  return queue.starts_with("https://") || queue.starts_with("http://");
}

Result<QueueAddress> AddressOfQueue(std::string_view url) {
  const std::size_t host_start = url.find("://") + 3;
  const std::size_t path_start = url.find('/', host_start);
  const std::string_view host_and_port = url.substr(host_start, path_start - host_start);
  const bool has_name = path_start != std::string_view::npos && !url.ends_with('/');
  // What stands before an "@" may be a password: the URL is not told then.
  if (host_and_port.contains('@')) {
    return Fail(Code::kInvalid, fmt::format("a queue's URL has no user in it: {}", kForms));
  }
  if (host_and_port.empty() || !has_name || url.find_first_of("?#") != std::string_view::npos) {
    return Fail(Code::kInvalid, fmt::format("'{}' is no SQS queue: {}", url, kForms));
  }
  const std::string endpoint(url.substr(0, path_start));
  const std::string_view host = host_and_port.substr(0, host_and_port.find(':'));
  if (!IsAmazons(host)) return QueueAddress{endpoint, ""};
  const std::vector<std::string_view> labels = LabelsOf(host);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] == "sqs" || labels[i] == "sqs-fips") {
      return QueueAddress{endpoint, std::string(labels[i + 1])};
    }
    // Addresses of former times, which stand in the URLs of old queues: SQS is asked at its own.
    if (labels[i] == "queue") {
      return QueueAddress{"", i == 0 ? "us-east-1" : std::string(labels[i - 1])};
    }
  }
  return QueueAddress{endpoint, ""};
}

Status CheckQueueName(std::string_view name) {
  std::string_view stem = name;
  if (stem.ends_with(".fifo")) stem.remove_suffix(std::string_view(".fifo").size());
  if (!stem.empty() && name.size() <= kNameBytesMax && std::ranges::all_of(stem, IsNameCharacter)) {
    return {};
  }
  return Fail(Code::kInvalid, fmt::format("'{}' is no SQS queue: {}", name, kForms));
}

}  // namespace eider::app
