// The load history of ledgers that cannot be asked in SQL, and what all of them share.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "eider/ledger/load_history.h"

namespace eider::ledger {

// Whether the filter lets the record through.
bool Fits(const HistoryFilter& filter, const LoadRecord& record);

// The records of the page that the filter asks for, of all that fit.
void KeepPage(const HistoryFilter& filter, std::vector<LoadRecord>& records);

// At most so many of them, the oldest first.
void KeepOldest(std::vector<LoadRecord>& records, int limit);

// Whether the record is below the prefix and comes after the place.
bool IsListed(const LoadRecord& record, const std::string& uri_prefix, const HistoryPlace& after);

// At most so many of them, in the order of URI and version.
void KeepFirstByUri(std::vector<LoadRecord>& records, int limit);

// Adds records up. Used by one thread.
class HistoryCounter {
 public:
  void Add(const LoadRecord& record);
  std::vector<HistoryCount> Take() const;

 private:
  std::map<std::tuple<std::string_view, std::string, std::string>, HistoryCount> counts_;
};

}  // namespace eider::ledger
