// Requests of one queue, what became of each entry of a batch, and the translation of its errors.
#include "eider/source/sqs_queue.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/aws/json_service.h"
#include "eider/base/backoff.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/codec/json.h"

namespace eider::source {
namespace {

using codec::Json;
using codec::JsonObject;

constexpr std::size_t kEntriesMax = 10;  // of one batch
constexpr RetryLimits kEntryRetries{.num_retries = 3,
                                    .min_wait = Milliseconds(100),
                                    .max_wait = Milliseconds(1'000),
                                    .total_timeout = Milliseconds(10'000)};

// Codes of entries whose receipt has ended, or which may not be hidden for longer.
constexpr std::array<std::string_view, 5> kNoLongerOurs = {
    "ReceiptHandleIsInvalid", "MessageNotInflight", "InvalidParameterValue",
    "InvalidParameterValueException", "InvalidIdFormat"};
constexpr std::array<std::string_view, 4> kNoQueue = {
    "QueueDoesNotExist", "NonExistentQueue", "InvalidAddress", "ResourceNotFoundException"};
constexpr std::array<std::string_view, 2> kRefused = {"AccessDenied", "AccessDeniedException"};
constexpr std::array<std::string_view, 2> kKeyRefused = {"KmsAccessDenied",
                                                         "KMS.AccessDeniedException"};

bool Contains(std::span<const std::string_view> codes, std::string_view code) {
  return std::ranges::find(codes, code) != codes.end();
}

// Some codes of SQS's earlier protocol are longer: "AWS.SimpleQueueService.NonExistentQueue".
std::string_view WithoutService(std::string_view code) {
  constexpr std::string_view kPrefix = "AWS.SimpleQueueService.";
  return code.starts_with(kPrefix) ? code.substr(kPrefix.size()) : code;
}

// A batch needs the right to its single operation.
std::string_view IamActionOf(std::string_view operation) {
  constexpr std::string_view kBatch = "Batch";
  if (operation.ends_with(kBatch)) operation.remove_suffix(kBatch.size());
  return operation;
}

int CountOf(std::string_view text) {
  int count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return std::max(count, 1);
}

Result<SqsMessage> MessageOf(const JsonObject& json) {
  SqsMessage message;
  EIDER_ASSIGN(message.id, json.String("MessageId"));
  EIDER_ASSIGN(message.receipt, json.String("ReceiptHandle"));
  EIDER_ASSIGN(std::optional<std::string> body, json.OptionalString("Body"));
  message.body = std::move(body).value_or("");
  if (!json.Has("Attributes")) return message;
  EIDER_ASSIGN(const JsonObject attributes, json.Object("Attributes"));
  EIDER_ASSIGN(std::optional<std::string> group, attributes.OptionalString("MessageGroupId"));
  EIDER_ASSIGN(const auto count, attributes.OptionalString("ApproximateReceiveCount"));
  message.group = std::move(group).value_or("");
  message.receive_count = CountOf(count.value_or(""));
  return message;
}

// `queue` is its URL or its name.
Error Translated(std::string_view queue, std::string_view operation, const aws::Failure& failure) {
  const Error& error = failure.error;
  const std::string_view code = WithoutService(failure.code);
  if (Contains(kNoQueue, code)) {
    return {Code::kNotFound,
            fmt::format("queue {} does not exist; create it, or correct its name, AWS_REGION or "
                        "AWS_ENDPOINT_URL_SQS: {}",
                        queue, error.message)};
  }
  if (Contains(kKeyRefused, code)) {
    return {Code::kDenied,
            fmt::format("queue {} is encrypted; the credentials need kms:Decrypt on its key: {}",
                        queue, error.message)};
  }
  if (Contains(kRefused, code)) {
    return {Code::kDenied,
            fmt::format("no right to use queue {}; the credentials need sqs:{} on it: {}", queue,
                        IamActionOf(operation), error.message)};
  }
  Error told = Annotate(fmt::format("queue {}", queue), error);
  constexpr std::array kKept = {Code::kDenied, Code::kCorrupt, Code::kCancelled};
  // The queue may be mended: it is asked again.
  if (std::ranges::find(kKept, told.code) == kKept.end()) told.code = Code::kUnavailable;
  return told;
}

// The answer, which is an object.
Result<Json> Ask(aws::JsonService& service, std::string_view queue, std::string_view operation,
                 const Json& input, const std::stop_token& stop) {
  auto answer = service.Invoke(operation, input, true, stop);
  if (!answer) return std::unexpected(Translated(queue, operation, answer.error()));
  if (!answer->is_object()) {
    // Taken for an answer, it would say that there are no messages.
    return Fail(Code::kCorrupt,
                fmt::format("queue {}: {} was answered without a word of SQS's: is the endpoint "
                            "right?",
                            queue, operation));
  }
  return *std::move(answer);
}

}  // namespace

Result<std::string> FindSqsQueue(aws::JsonService& service, const std::string& name) {
  EIDER_ASSIGN(const Json answer, Ask(service, name, "GetQueueUrl", {{"QueueName", name}}, {}));
  EIDER_ASSIGN(const JsonObject object,
               JsonObject::Of(answer, fmt::format("the answer of queue {}", name)));
  return object.String("QueueUrl");
}

// Up to ten entries on their way. An entry's Id is its place among all.
struct SqsQueue::Batch {
  std::string_view operation;
  std::map<std::string, Json> open;  // by Id
  std::vector<std::size_t> lost = {};
  std::size_t refused = 0;  // for good: trying again changes nothing
  std::string why = {};     // the queue's words about one that is open or refused
};

SqsQueue::SqsQueue(SqsDeps deps, std::string url) : deps_(deps), url_(std::move(url)) {}

std::string_view SqsQueue::name() const {
  return std::string_view(url_).substr(url_.rfind('/') + 1);
}

Result<std::vector<SqsMessage>> SqsQueue::Receive(const SqsAsk& ask, const std::stop_token& stop) {
  // AttributeNames is the older name of MessageSystemAttributeNames, and the one that every server
  // knows.
  Json input = {{"MaxNumberOfMessages", ask.messages_max},
                {"VisibilityTimeout", ask.visibility_seconds},
                {"WaitTimeSeconds", ask.wait_seconds},
                {"AttributeNames", {"ApproximateReceiveCount", "MessageGroupId"}}};
  if (is_fifo()) input["ReceiveRequestAttemptId"] = NewUuid(deps_.random);
  EIDER_ASSIGN(const Json answer, Invoke("ReceiveMessage", std::move(input), stop));
  const std::string place = fmt::format("the answer of queue {}", url_);
  std::vector<SqsMessage> messages;
  EIDER_ASSIGN(const JsonObject object, JsonObject::Of(answer, place));
  if (!object.Has("Messages")) return messages;
  EIDER_ASSIGN(const std::vector<JsonObject> objects, object.Objects("Messages"));
  for (const JsonObject& json : objects) {
    EIDER_ASSIGN(SqsMessage message, MessageOf(json));
    messages.push_back(std::move(message));
  }
  return messages;
}

Status SqsQueue::Add(const std::string& body, const std::stop_token& stop) {
  EIDER_ASSIGN(const Json answer, Invoke("SendMessage", {{"MessageBody", body}}, stop));
  EIDER_ASSIGN(const JsonObject object,
               JsonObject::Of(answer, fmt::format("the answer of queue {}", url_)));
  EIDER_CHECK(object.String("MessageId"));
  return {};
}

Result<std::vector<std::size_t>> SqsQueue::Delete(std::span<const std::string> receipts) {
  const auto entry_of = [&](std::size_t place) -> Json {
    return {{"ReceiptHandle", receipts[place]}};
  };
  return InBatches("DeleteMessageBatch", receipts.size(), entry_of, {});
}

Result<std::vector<std::size_t>> SqsQueue::ChangeVisibility(std::span<const SqsVisibility> changes,
                                                            const std::stop_token& stop) {
  const auto entry_of = [&](std::size_t place) -> Json {
    return {{"ReceiptHandle", changes[place].receipt},
            {"VisibilityTimeout", changes[place].seconds}};
  };
  return InBatches("ChangeMessageVisibilityBatch", changes.size(), entry_of, stop);
}

Result<std::vector<std::size_t>> SqsQueue::InBatches(std::string_view operation, std::size_t count,
                                                     const EntryOf& entry_of,
                                                     const std::stop_token& stop) {
  std::vector<std::size_t> lost;
  std::size_t undone = 0;
  std::string why;
  for (std::size_t start = 0; start < count; start += kEntriesMax) {
    Batch batch{.operation = operation, .open = {}};
    for (std::size_t place = start; place < std::min(count, start + kEntriesMax); ++place) {
      Json entry = entry_of(place);
      entry["Id"] = std::to_string(place);
      batch.open.emplace(std::to_string(place), std::move(entry));
    }
    EIDER_CHECK(Send(batch, stop));
    lost.insert(lost.end(), batch.lost.begin(), batch.lost.end());
    if (batch.open.empty() && batch.refused == 0) continue;
    undone += batch.open.size() + batch.refused;
    why = std::move(batch.why);
  }
  if (undone == 0) return lost;
  return Fail(Code::kUnavailable,
              fmt::format("queue {}: {} failed for {} of {} messages, which will come again: {}",
                          url_, operation, undone, count, why));
}

Status SqsQueue::Send(Batch& batch, const std::stop_token& stop) {
  Backoff backoff(kEntryRetries, deps_.clock, deps_.random);
  while (true) {
    EIDER_CHECK(SendOnce(batch, stop));
    if (batch.open.empty()) return {};
    const auto wait = backoff.NextWait();
    if (!wait || stop.stop_requested()) return {};
    deps_.clock.SleepFor(*wait, stop);
  }
}

// What the answer does not name as done stays open: it was not SQS that left it out.
Status SqsQueue::SendOnce(Batch& batch, const std::stop_token& stop) {
  Json entries = Json::array();
  for (const auto& [id, entry] : batch.open) entries.push_back(entry);
  EIDER_ASSIGN(const Json answer, Invoke(batch.operation, {{"Entries", entries}}, stop));
  EIDER_ASSIGN(const JsonObject object,
               JsonObject::Of(answer, fmt::format("the answer of queue {}", url_)));
  if (batch.refused == 0) batch.why = "the answer does not say why";
  if (object.Has("Successful")) {
    EIDER_ASSIGN(const auto successful, object.Objects("Successful"));
    for (const JsonObject& entry : successful) {
      EIDER_ASSIGN(const std::string id, entry.String("Id"));
      batch.open.erase(id);
    }
  }
  if (!object.Has("Failed")) return {};
  EIDER_ASSIGN(const auto failed, object.Objects("Failed"));
  for (const JsonObject& entry : failed) {
    EIDER_ASSIGN(const std::string id, entry.String("Id"));
    EIDER_ASSIGN(const std::string code, entry.String("Code"));
    EIDER_ASSIGN(const auto message, entry.OptionalString("Message"));
    EIDER_ASSIGN(const auto is_ours, entry.OptionalBool("SenderFault"));
    if (!batch.open.contains(id)) continue;
    if (Contains(kNoLongerOurs, WithoutService(code))) {
      batch.lost.push_back(std::stoul(id));
      batch.open.erase(id);
      continue;
    }
    batch.why = fmt::format("{}: {}", code, message.value_or(""));
    if (is_ours.value_or(false)) batch.refused += batch.open.erase(id);
  }
  return {};
}

Result<Json> SqsQueue::Invoke(std::string_view operation, Json input, const std::stop_token& stop) {
  input["QueueUrl"] = url_;
  return Ask(deps_.service, url_, operation, input, stop);
}

}  // namespace eider::source
