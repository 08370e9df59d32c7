// The ledger of the claim rules, over rows that are kept anywhere.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/ledger/claim_rules.h"
#include "eider/ledger/ledger.h"
#include "eider/ledger/ledger_rows.h"

namespace eider::ledger {

struct RulesLedgerOptions {
  std::string owner = "this process";  // of the claims
  OwnerIsDead owner_is_dead = [](std::string_view /*owner*/) { return false; };
  bool remembers = true;  // false: the rows are those of files in work, and no others
};

// For claims of this owner. Where its text is that of a ClaimOwner the death of others of this
// machine is seen; else their claims end by their lease alone, and at once if they are among the
// owners that surely run no more.
RulesLedgerOptions OwnedBy(std::string owner, std::vector<std::string> ended_owners = {});

// Borrows clock and random.
std::unique_ptr<Ledger> NewRulesLedger(std::unique_ptr<LedgerRows> rows, RulesLedgerOptions options,
                                       Clock& clock, Random& random);

}  // namespace eider::ledger
