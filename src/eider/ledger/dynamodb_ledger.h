// The ledger in a DynamoDB table, for any number of machines and functions.
//
// One item per identity, written on the condition that nobody wrote in between. A file that is new
// is claimed by one request, finished by one; those of a commit are finished by one transaction per
// hundred files: a hundred are LOADED together or not at all. What dies between two hundreds leaves
// claims whose tokens are in the table, and the next run completes them. A transaction takes fewer
// files where they have large parts. Each renewal and each part of a file writes its parts again.
//
// With `keep_days` a finished file is forgotten when its item expires: from then on only the tokens
// in the table's snapshots protect it. Without, the exactly-once window has no end.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "eider/aws/json_service.h"
#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/ledger/ledger.h"

namespace eider::ledger {

struct DynamoDbLedgerOptions {
  std::string table;   // its partition key is the string `file`
  std::string region;  // for messages
  int keep_days = 0;   // 0: for ever
  // Who claims. The text of a ClaimOwner lets later processes of the same machine see its death;
  // with any other text (a Lambda sandbox) its claims end by their lease alone.
  std::string owner;
  std::vector<std::string> ended_owners = {};  // that surely run no more
};

// What the ledger works with. Borrowed; all outlive it.
struct DynamoDbLedgerDeps {
  aws::JsonService& service;
  Clock& clock;
  Random& random;
};

// Sends nothing yet. Query reads the whole table: it costs as much as the table has megabytes.
std::unique_ptr<Ledger> OpenDynamoDbLedger(DynamoDbLedgerOptions options,
                                           const DynamoDbLedgerDeps& deps);

}  // namespace eider::ledger
