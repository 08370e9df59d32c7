// One DynamoDB table whose only key is a string: its items, and errors that name it.
//
// Knows how DynamoDB is asked, and nothing of what the items mean. Reads are strongly consistent:
// what was written a moment ago is seen, for one read unit more than an eventual one would cost.
// Source: Amazon DynamoDB API Reference, GetItem, Scan; Service Authorization Reference.
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "eider/aws/json_service.h"
#include "eider/base/result.h"
#include "eider/codec/dynamodb_item.h"
#include "eider/codec/json.h"

namespace eider::aws {

struct DynamoDbTableOptions {
  std::string name;
  std::string region;         // for messages
  std::string purpose;        // what messages call it: "routing table", "ledger"
  std::string partition_key;  // the name of the key attribute
  std::stop_token stop = {};  // ends every call early, with kCancelled
};

// Safe for concurrent calls from several threads. Borrows the service.
class DynamoDbTable {
 public:
  DynamoDbTable(JsonService& service, DynamoDbTableOptions options);

  const std::string& name() const { return options_.name; }

  // "routing table routes in eu-west-1".
  const std::string& label() const { return label_; }

  // The key as requests name it. Keys are UTF-8 of 1 to 2,048 bytes.
  codec::Json KeyJson(std::string_view key) const;

  // Nothing when there is no item of that key. Errors: those of Invoke; kCorrupt.
  Result<std::optional<codec::Item>> Get(std::string_view key);

  // Visits every item, page by page, until a visit fails. `filter` has further fields of the
  // request, such as FilterExpression. Reads the whole table, whatever the filter says.
  Status Scan(const codec::Json& filter, const std::function<Status(codec::Item)>& visit);

  // One operation on the table; TableName is added where `input` names none. It is repeated where
  // its outcome is not known: it must be one that changes nothing when it comes twice. Errors:
  // kNotFound (no such table), kDenied (names the IAM action), kInvalid (the table has another
  // key), kConflict (a condition), kUnavailable.
  std::expected<codec::Json, Failure> Invoke(std::string_view operation, codec::Json input);

 private:
  Error Translated(std::string_view operation, const Failure& failure) const;

  JsonService& service_;
  DynamoDbTableOptions options_;
  std::string label_;
};

}  // namespace eider::aws
