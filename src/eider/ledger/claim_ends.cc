#include "eider/ledger/claim_ends.h"

#include <cstddef>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "eider/ledger/ledger_table.h"

namespace eider::ledger {
namespace {

// Of the long fields in one transaction: it holds 4 MB, and each row has other fields.
constexpr std::size_t kLongBytesPerTransaction = 2'000'000;

}  // namespace

std::vector<std::vector<const ClaimEnd*>> InTransactions(std::span<const ClaimEnd> ends) {
  std::vector<std::vector<const ClaimEnd*>> transactions;
  std::set<std::string> keys;  // of the last one
  std::size_t bytes = 0;
  for (const ClaimEnd& end : ends) {
    const std::string key = LedgerKeyOf(end.claim.file);
    if (transactions.empty() || transactions.back().size() == kRowsPerTransaction ||
        keys.contains(key) || bytes + end.bytes > kLongBytesPerTransaction) {
      transactions.emplace_back();
      keys.clear();
      bytes = 0;
    }
    transactions.back().push_back(&end);
    keys.insert(key);
    bytes += end.bytes;
  }
  return transactions;
}

}  // namespace eider::ledger
