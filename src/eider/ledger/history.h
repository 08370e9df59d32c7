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

// Adds records up. Used by one thread.
class HistoryCounter {
 public:
  void Add(const LoadRecord& record);
  std::vector<HistoryCount> Take() const;

 private:
  std::map<std::tuple<std::string_view, std::string, std::string>, HistoryCount> counts_;
};

}  // namespace eider::ledger
