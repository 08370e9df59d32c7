// How claims end in a ledger of transactions with limits: which of them go together.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "eider/ledger/claim_rules.h"
#include "eider/ledger/ledger.h"

namespace eider::ledger {

// The row to write for the row that is there (null: none), or nothing.
using Decide = std::function<std::optional<ClaimRow>(const ClaimRow* row)>;

// How a claim is to end.
struct ClaimEnd {
  const Claim& claim;     // borrowed
  Decide decide;          // what its row becomes
  std::size_t bytes = 0;  // of the row's long fields
};

// The ends in their order, in as few transactions as DynamoDB's limits allow: each has at least
// one, and no row twice. Source: the limits of TransactWriteItems.
std::vector<std::vector<const ClaimEnd*>> InTransactions(std::span<const ClaimEnd> ends);

}  // namespace eider::ledger
