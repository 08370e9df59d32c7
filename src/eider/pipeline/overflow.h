// Files that are too much for a process whose time is short: told before they are read.
//
// A function that runs into its limit has read for nothing, and reads again. What a file will need
// is told by its size and format, by the SQL of its routes, and by what their earlier files took.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "eider/base/clock.h"
#include "eider/ledger/ledger.h"
#include "eider/pipeline/file_phases.h"
#include "eider/pipeline/outcome.h"

namespace eider::pipeline {

// What a process has for one file.
struct LoadRoom {
  Milliseconds time_left{0};
  std::uint64_t spill_bytes = 0;  // memory and temporary disk, for rows that a query has to keep
  int threads = 1;
};

// How fast files of each route were loaded here. Safe for concurrent calls from several threads.
class LoadSpeeds {
 public:
  // Of small files, most of whose time is no reading, nothing is noted.
  void Note(const Outcome& outcome);

  // Bytes of a file in a second, the slowest of the last ones; nothing: none is known.
  std::optional<double> Of(const std::string& route) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, double> slowest_;  // by the route's key
};

// Why the file should not be begun here; nothing: it fits. `keeps_rows`: of SQL, whether it has to
// keep the rows that it reads (engine::KeepsRows).
std::optional<std::string> WhyTooMuch(
    const ledger::Claim& claim, const Plan& plan, const LoadRoom& room, const LoadSpeeds& speeds,
    const std::function<bool(const std::string& sql)>& keeps_rows);

// How the ledger's reason begins of a file that was handed on.
inline constexpr std::string_view kHandedOn = "handed on to ";

}  // namespace eider::pipeline
