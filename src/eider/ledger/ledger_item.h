// A ledger row as an item of a DynamoDB table, and the key that it lies under.
//
// The attributes carry the names of the SQLite ledger's columns; ../docs/formats.md lists them.
// Texts that are empty, times that are not known and a broken_off of 0 have no attribute.
#pragma once

#include <string>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/codec/dynamodb_item.h"
#include "eider/ledger/claim_rules.h"

namespace eider::ledger {

inline constexpr const char* kLedgerKey = "file";  // the partition key
inline constexpr const char* kWriteId = "write_id";
inline constexpr const char* kSchemaChange = "schema_change";
inline constexpr const char* kErrands = "errands";

// A row, and the id of the write that made it: new with every write, so that a write can be made
// on the condition that nothing happened in between, and be recognised as one's own.
struct StoredRow {
  ClaimRow row;
  std::string write_id;
};

// "s3://bucket/key version:<id>", or "etag:<etag>:<size>" after the space; spaces and percent signs
// of the version are percent-encoded. Keys that DynamoDB does not take (above 2,048 bytes, not
// UTF-8) become "sha256:<hex digits>".
std::string LedgerKeyOf(const FileRef& file);

// `keep_days`: the time until DynamoDB may forget a finished file (attribute expires_at); 0: none.
codec::Item ItemOf(const StoredRow& stored, int keep_days);

// Errors: kCorrupt with the attribute.
Result<StoredRow> ParseLedgerItem(const codec::Item& item);

}  // namespace eider::ledger
