// The messages that a queue has given and that are not settled: whose turn it is, and who is to be
// hidden from others for longer.
//
// Of a FIFO queue one message of a group is out at a time: the others wait behind it, in their
// order. Time is counted in ticks, which the caller gives at a steady pace: no clock is asked that
// somebody may set.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eider/source/delivery.h"
#include "eider/source/sqs_queue.h"

namespace eider::source {

// Used by one thread at a time.
class SqsInFlight {
 public:
  struct Limits {
    bool is_fifo = false;
    int extend_ticks = 2;      // after these a message is to be hidden for longer
    int flight_ticks_max = 0;  // after these it cannot be any more
  };

  struct Held {
    std::string id;
    std::string receipt;
  };

  struct Settling {
    std::string receipt;
    std::string group;
    int receive_count = 1;
  };

  explicit SqsInFlight(Limits limits) : limits_(limits) {}

  // Received. One that is here already is not given again: its newest receipt is kept.
  void Add(SqsMessage message);

  // At most `deliveries_max` of those whose turn it is.
  std::vector<Delivery> TakeReady(std::size_t deliveries_max);

  bool has_ready() const { return !ready_.empty(); }

  // Whether there are messages whose turn it is not.
  bool holds_back() const;

  // The message, forgotten, but for its place in its group; nothing when it is not known.
  std::optional<Settling> Remove(const std::string& id);

  // The first of the group has ended: the turn of the one behind it.
  void Advance(std::string_view group);

  // Forgets the group; the receipts of those that waited in it, the last one first.
  std::vector<std::string> DropBehind(std::string_view group);

  // The same of all that was received and not given, of every group.
  std::vector<std::string> DropUngiven();

  void Tick();

  // At most `count_max` of those that are to be hidden for longer now.
  std::vector<Held> Due(std::size_t count_max) const;

  // It is hidden for longer; not when it has come anew meanwhile.
  void Extended(const Held& held);

  // Others may have it. Given, it is ours until it is settled; else it is forgotten, with those
  // that waited behind it: their receipts, the last one first.
  std::vector<std::string> Lost(const Held& held);

  // The same of all that have been in flight for as long as they may.
  std::vector<std::string> LetGo();

 private:
  struct Message {
    std::string receipt;
    std::string group;
    int receive_count = 1;
    int ticks = 0;                   // since it was received or extended
    int flight_ticks = 0;            // since it was received
    bool is_lost = false;            // or let go: not extended any more
    std::optional<Delivery> unseen;  // until it is given
  };

  using Messages = std::map<std::string, Message>;  // by id

  Message* Find(const Held& held);
  std::vector<std::string> Lose(Messages::iterator lost);

  Limits limits_;
  Messages messages_;
  std::deque<std::string> ready_;                                       // ids
  std::map<std::string, std::deque<std::string>, std::less<>> groups_;  // ids; the first is out
};

}  // namespace eider::source
