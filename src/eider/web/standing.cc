// Nobody is asked for this: the worker knows how its own questions ended.
#include "eider/web/standing.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace eider::web {

std::vector<std::string> ProblemsOf(const Services& services) {
  std::vector<std::string> problems;
  std::string of_ledger = services.worker.problem();
  if (!of_ledger.empty()) problems.push_back(std::move(of_ledger));
  for (const worker::SourceStatus& source : services.worker.status()) {
    if (source.problem.empty()) continue;
    problems.push_back(fmt::format("{}: {}", source.name, source.problem));
  }
  return problems;
}

// The announced files are a source that is nothing but the ledger.
bool IsLedgerUp(const Services& services) {
  if (!services.worker.problem().empty()) return false;
  const std::string& announced = services.announced.name();
  return std::ranges::none_of(services.worker.status(), [&](const worker::SourceStatus& source) {
    return source.name == announced && !source.problem.empty();
  });
}

}  // namespace eider::web
