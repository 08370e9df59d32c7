// The rows of claims that this process holds, as it wrote them last: so that a claim is renewed and
// ended without reading it first.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "eider/ledger/ledger_item.h"

namespace eider::ledger {

// Safe for concurrent calls from several threads. A row that is not remembered is read again, so
// what is kept may be bounded.
class OwnClaims {
 public:
  void Add(const StoredRow& row) {
    const std::scoped_lock lock(mutex_);
    if (rows_.size() < kRowsMax) rows_.insert_or_assign(row.row.claim_id, row);
  }

  // Only where the claim is still remembered: it may have ended meanwhile.
  void Replace(const StoredRow& row) {
    const std::scoped_lock lock(mutex_);
    const auto found = rows_.find(row.row.claim_id);
    if (found != rows_.end()) found->second = row;
  }

  void Remove(const std::string& claim_id) {
    const std::scoped_lock lock(mutex_);
    rows_.erase(claim_id);
  }

  std::optional<StoredRow> Find(const std::string& claim_id) const {
    const std::scoped_lock lock(mutex_);
    const auto found = rows_.find(claim_id);
    if (found == rows_.end()) return std::nullopt;
    return found->second;
  }

 private:
  static constexpr std::size_t kRowsMax = 10'000;

  mutable std::mutex mutex_;
  std::unordered_map<std::string, StoredRow> rows_;
};

}  // namespace eider::ledger
