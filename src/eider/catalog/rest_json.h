// What a REST catalog is told and what it answers, as JSON; no I/O.
//
// Source: Apache Iceberg, "REST Catalog Spec" (OpenAPI): ConfigResponse, LoadTableResult,
// CreateTableRequest, CommitTableRequest, CommitTransactionRequest, IcebergErrorResponse.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/result.h"
#include "eider/catalog/catalog.h"
#include "eider/iceberg/table_name.h"

namespace eider::catalog {

using RestProperties = std::map<std::string, std::string>;

// What GET /v1/config says.
struct RestConfig {
  RestProperties defaults;          // hold where the client has nothing else set
  RestProperties overrides;         // hold whatever the client has set
  std::set<std::string> endpoints;  // "POST /v1/{prefix}/transactions/commit"; empty: not told
  bool takes_idempotency_keys = false;
};

// Access to the objects below a prefix.
struct StorageCredential {
  std::string prefix;
  RestProperties config;
};

// An answer about one table. Borrows the answer's text.
struct RestTable {
  std::string metadata_location;
  std::string_view metadata_json;
  RestProperties config;
  std::vector<StorageCredential> credentials;
};

// One page of a list.
template <typename Item>
struct RestPage {
  std::vector<Item> items;
  std::string next_token;  // empty: the last page
};

using Namespace = std::vector<std::string>;

// What an Iceberg server says of a failure.
struct RestErrorBody {
  std::string type;     // "NoSuchTableException"
  std::string message;  // its first line
};

// Errors of all: kCorrupt with the JSON path.
Result<RestConfig> ParseRestConfig(std::string_view body);
Result<RestTable> ParseRestTable(std::string_view body);
Result<std::vector<StorageCredential>> ParseStorageCredentials(std::string_view body);
Result<RestPage<Namespace>> ParseNamespaces(std::string_view body);
Result<RestPage<iceberg::TableName>> ParseTables(std::string_view body);

// Nothing where the body is no Iceberg error: a proxy's page, another program's answer.
std::optional<RestErrorBody> ParseRestError(std::string_view body);

std::string CreateNamespaceBody(const Namespace& name_space);
std::string CreateTableBody(const CreateTableRequest& request);
std::string CommitTableBody(const TableCommit& commit);
std::string CommitTransactionBody(std::span<const TableCommit> commits);

}  // namespace eider::catalog
