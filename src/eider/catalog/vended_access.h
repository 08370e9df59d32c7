// Access to a table's objects that a REST catalog hands out with the table.
//
// Source: the REST specification, LoadTableResult: "storage-credentials", and the s3.* properties
// of "config", whose names are those of Java's S3FileIO.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eider/aws/credentials.h"
#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/catalog/rest_json.h"
#include "eider/iceberg/table_metadata.h"

namespace eider::catalog {

// For the objects of one table below one prefix.
struct VendedAccess {
  std::string prefix;                                     // of the objects' URIs
  std::string region;                                     // empty: the server says none
  std::string endpoint;                                   // of S3; empty: the server says none
  std::unique_ptr<aws::CredentialsProvider> credentials;  // asks the server again in time
};

// Takes what is handed out. A later one for the same prefix is as good as the first.
using TakeAccess = std::function<void(VendedAccess)>;

// The properties for a prefix.
struct VendedProperties {
  std::string prefix;
  RestProperties properties;
};

// Of an answer about the table: for its own folders and for what else the server names. Empty: the
// server hands nothing out. Errors: kUnsupported (it wants to sign requests itself).
Result<std::vector<VendedProperties>> VendedFor(const iceberg::TableMetadata& table,
                                                const RestProperties& config,
                                                const std::vector<StorageCredential>& credentials);

// Of a later answer about the table: for the prefix that an earlier one gave.
RestProperties PropertiesFor(const std::string& prefix, const RestProperties& config,
                             const std::vector<StorageCredential>& credentials);

// Nothing where there are no keys for S3. Errors: kCorrupt (the time at which they end).
Result<std::optional<aws::Credentials>> S3CredentialsIn(const RestProperties& properties);

// The access that the properties give. `renew` asks the server for them again.
using RenewProperties = std::function<Result<RestProperties>()>;
Result<VendedAccess> NewVendedAccess(VendedProperties vended, RenewProperties renew, Clock& clock);

}  // namespace eider::catalog
