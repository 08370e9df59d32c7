// What targets are told: one event for the files of a commit, one for each file that failed or is
// held. Pure: of the ledger's records, so that an event that is told again is the same.
//
// The JSON is described in docs/formats.md, "Events".
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "eider/ledger/load_history.h"

namespace eider::errands {

// SNS takes messages and EventBridge entries of 256 KiB, of which some is theirs.
inline constexpr std::size_t kEventBytesMax = 240'000;

struct Event {
  std::string id;                    // the same each time it is told
  std::string type;                  // "loaded", "failed", "held"
  std::string group;                 // what keeps its order: one for each table
  std::string body;                  // one line of JSON of at most kEventBytesMax bytes
  std::vector<std::size_t> records;  // whose end it tells: their places
};

// In the order of the records. A file that went to several tables is in an event of each.
std::vector<Event> EventsOf(std::span<const ledger::LoadRecord* const> records);

}  // namespace eider::errands
