// Turns, and time in ticks.
#include "eider/source/sqs_in_flight.h"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eider/source/delivery.h"
#include "eider/source/sqs_queue.h"

namespace eider::source {
namespace {

void Append(std::vector<std::string> from, std::vector<std::string>& to) {
  std::ranges::move(from, std::back_inserter(to));
}

}  // namespace

void SqsInFlight::Add(SqsMessage message) {
  const auto known = messages_.find(message.id);
  if (known != messages_.end()) {
    known->second.receipt = std::move(message.receipt);
    known->second.receive_count = message.receive_count;
    known->second.ticks = 0;
    known->second.flight_ticks = 0;
    known->second.is_lost = false;
    return;
  }
  Delivery delivery{.id = message.id, .files = {}, .problems = {}};
  AddMessage(message.body, delivery);
  bool is_next = true;
  if (limits_.is_fifo) {
    std::deque<std::string>& group = groups_[message.group];
    is_next = group.empty();
    group.push_back(message.id);
  }
  if (is_next) ready_.push_back(message.id);
  messages_.emplace(std::move(message.id), Message{.receipt = std::move(message.receipt),
                                                   .group = std::move(message.group),
                                                   .receive_count = message.receive_count,
                                                   .unseen = std::move(delivery)});
}

std::vector<Delivery> SqsInFlight::TakeReady(std::size_t deliveries_max) {
  std::vector<Delivery> deliveries;
  while (!ready_.empty() && deliveries.size() < deliveries_max) {
    Message& message = messages_.at(ready_.front());
    deliveries.push_back(*std::move(message.unseen));
    message.unseen.reset();
    ready_.pop_front();
  }
  return deliveries;
}

bool SqsInFlight::holds_back() const {
  return std::ranges::any_of(groups_, [](const auto& group) { return group.second.size() > 1; });
}

std::optional<SqsInFlight::Settling> SqsInFlight::Remove(const std::string& id) {
  const auto found = messages_.find(id);
  if (found == messages_.end() || found->second.unseen) return std::nullopt;
  Settling settling{std::move(found->second.receipt), std::move(found->second.group),
                    found->second.receive_count};
  messages_.erase(found);
  return settling;
}

void SqsInFlight::Advance(std::string_view group) {
  const auto found = groups_.find(group);
  if (found == groups_.end()) return;
  found->second.pop_front();
  if (found->second.empty()) {
    groups_.erase(found);
  } else {
    ready_.push_back(found->second.front());
  }
}

std::vector<std::string> SqsInFlight::DropBehind(std::string_view group) {
  std::vector<std::string> receipts;
  const auto found = groups_.find(group);
  if (found == groups_.end()) return receipts;
  for (const std::string& id : found->second) {
    const auto message = messages_.find(id);
    if (message == messages_.end() || !message->second.unseen) continue;  // the first
    receipts.push_back(std::move(message->second.receipt));
    std::erase(ready_, id);
    messages_.erase(message);
  }
  groups_.erase(found);
  std::ranges::reverse(receipts);
  return receipts;
}

std::vector<std::string> SqsInFlight::DropUngiven() {
  std::vector<std::string> receipts;
  while (!groups_.empty()) Append(DropBehind(groups_.begin()->first), receipts);
  for (const std::string& id : ready_) {
    const auto message = messages_.find(id);
    receipts.push_back(std::move(message->second.receipt));
    messages_.erase(message);
  }
  ready_.clear();
  return receipts;
}

void SqsInFlight::Tick() {
  for (auto& [id, message] : messages_) {
    ++message.ticks;
    ++message.flight_ticks;
  }
}

std::vector<SqsInFlight::Held> SqsInFlight::Due(std::size_t count_max) const {
  std::vector<Held> due;
  for (const auto& [id, message] : messages_) {
    if (due.size() == count_max) break;
    if (message.is_lost || message.ticks < limits_.extend_ticks) continue;
    due.push_back({id, message.receipt});
  }
  return due;
}

SqsInFlight::Message* SqsInFlight::Find(const Held& held) {
  const auto found = messages_.find(held.id);
  if (found == messages_.end() || found->second.receipt != held.receipt) return nullptr;
  return &found->second;
}

void SqsInFlight::Extended(const Held& held) {
  if (Message* const message = Find(held)) message->ticks = 0;
}

std::vector<std::string> SqsInFlight::Lost(const Held& held) {
  if (Find(held) == nullptr) return {};
  return Lose(messages_.find(held.id));
}

std::vector<std::string> SqsInFlight::LetGo() {
  std::vector<std::string> receipts;
  const auto is_over = [&](const auto& entry) {
    return !entry.second.is_lost && entry.second.flight_ticks >= limits_.flight_ticks_max;
  };
  while (true) {
    const auto over = std::ranges::find_if(messages_, is_over);
    if (over == messages_.end()) return receipts;
    Append(Lose(over), receipts);
  }
}

std::vector<std::string> SqsInFlight::Lose(Messages::iterator lost) {
  std::vector<std::string> receipts;
  lost->second.is_lost = true;
  if (!lost->second.unseen) return receipts;
  const std::string id = lost->first;
  if (!limits_.is_fifo) {
    std::erase(ready_, id);
    messages_.erase(lost);
    return receipts;
  }
  const auto found = groups_.find(lost->second.group);
  std::deque<std::string>& group = found->second;
  while (group.back() != id) {
    receipts.push_back(std::move(messages_.at(group.back()).receipt));
    messages_.erase(group.back());
    group.pop_back();
  }
  group.pop_back();
  std::erase(ready_, id);
  messages_.erase(lost);
  if (group.empty()) groups_.erase(found);
  return receipts;
}

}  // namespace eider::source
