// Requests of one table, and the translation of its errors.
#include "eider/aws/dynamodb_table.h"

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"

namespace eider::aws {
namespace {

// Transactions need the rights of the writes in them.
std::string_view IamActionOf(std::string_view operation) {
  return operation == "TransactWriteItems" ? "PutItem" : operation;
}

}  // namespace

DynamoDbTable::DynamoDbTable(JsonService& service, DynamoDbTableOptions options)
    : service_(service),
      options_(std::move(options)),
      label_(fmt::format("{} {} in {}", options_.purpose, options_.name, options_.region)) {}

codec::Json DynamoDbTable::KeyJson(std::string_view key) const {
  return codec::ItemJson(
      {{options_.partition_key, codec::AttributeValue::String(std::string(key))}});
}

Result<std::optional<codec::Item>> DynamoDbTable::Get(std::string_view key) {
  const auto answer = Invoke("GetItem", {{"Key", KeyJson(key)}, {"ConsistentRead", true}});
  if (!answer) return std::unexpected(answer.error().error);
  const auto item = answer->find("Item");
  if (item == answer->end()) return std::nullopt;
  auto parsed = codec::ParseItem(*item);
  if (!parsed) return Fail(fmt::format("{}, item '{}'", label_, key), std::move(parsed).error());
  return *std::move(parsed);
}

Status DynamoDbTable::Scan(const codec::Json& filter,
                           const std::function<Status(codec::Item)>& visit) {
  codec::Json input = filter.is_object() ? filter : codec::Json::object();
  input["ConsistentRead"] = true;
  while (true) {
    const auto answer = Invoke("Scan", input);
    if (!answer) return std::unexpected(answer.error().error);
    EIDER_ASSIGN(const auto page, codec::JsonObject::Of(*answer));
    EIDER_ASSIGN(const auto items, page.Objects("Items"));
    for (const codec::JsonObject& json : items) {
      auto item = codec::ParseItem(json.json());
      if (!item) return Fail(label_, std::move(item).error());
      EIDER_CHECK(visit(*std::move(item)));
    }
    const codec::Json* const last = page.Find("LastEvaluatedKey");
    if (last == nullptr || last->empty()) return {};
    input["ExclusiveStartKey"] = *last;
  }
}

std::expected<codec::Json, Failure> DynamoDbTable::Invoke(std::string_view operation,
                                                          codec::Json input) {
  if (!input.contains("TransactItems")) input.emplace("TableName", options_.name);
  auto answer = service_.Invoke(operation, input, true, options_.stop);
  if (answer && answer->is_object()) return answer;
  if (answer) {
    // Taken for an answer, it would say that the item is not there, or that it was written.
    return std::unexpected(
        Failure{{Code::kCorrupt,
                 fmt::format("{}: {} was answered without a word of DynamoDB's: is the endpoint "
                             "right?",
                             label_, operation)},
                {},
                {}});
  }
  Failure failure = std::move(answer).error();
  failure.error = Translated(operation, failure);
  return std::unexpected(std::move(failure));
}

Error DynamoDbTable::Translated(std::string_view operation, const Failure& failure) const {
  const Error& error = failure.error;
  if (failure.code == "ResourceNotFoundException") {
    return {Code::kNotFound,
            fmt::format("{} does not exist; create it, with the partition key {} (a string), or "
                        "name another: {}",
                        label_, options_.partition_key, error.message)};
  }
  if (failure.code == "AccessDeniedException") {
    return {Code::kDenied, fmt::format("no right to use {}; the credentials need dynamodb:{} on "
                                       "it: {}",
                                       label_, IamActionOf(operation), error.message)};
  }
  if (failure.code == "ValidationException") {
    return {Code::kInvalid, fmt::format("{} refuses {}; its partition key must be {} (a string) "
                                        "and it must have no sort key: {}",
                                        label_, operation, options_.partition_key, error.message)};
  }
  return Annotate(label_, error);
}

}  // namespace eider::aws
