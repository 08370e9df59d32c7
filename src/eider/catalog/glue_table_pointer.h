// Table pointers in the AWS Glue Data Catalog, as Java Iceberg and PyIceberg keep them.
//
// A Glue table of type EXTERNAL_TABLE whose parameters say table_type = ICEBERG and
// metadata_location. A swap reads the table, checks that the pointer is where it is expected, and
// writes it back under the VersionId that was read, so that Glue refuses it when somebody was
// faster. All else of the table (columns, owner, description, foreign parameters) stays.
// Source: AWS Glue Web API Reference, GetTable, CreateTable, UpdateTable; Java Iceberg,
// GlueTableOperations.
#pragma once

#include <memory>
#include <string>

#include "eider/aws/json_service.h"
#include "eider/catalog/table_pointer.h"

namespace eider::catalog {

struct GlueOptions {
  std::string region;  // for messages
};

// Namespaces have one level: the Glue database. Names are of lower-case letters, digits and `_`, as
// Athena and Hive need them. Borrows the service. Beyond the contract: kInvalid (a name that Glue
// cannot have), kUnsupported (a namespace of several levels, a table that is not Iceberg's).
std::unique_ptr<TablePointer> NewGlueTablePointer(aws::JsonService& service, GlueOptions options);

}  // namespace eider::catalog
