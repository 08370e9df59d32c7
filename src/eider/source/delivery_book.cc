// Files by their identity, each with the deliveries that wait for it.
#include "eider/source/delivery_book.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace eider::source {

bool DeliveryBook::Add(std::size_t delivery, const FileRef& file) {
  const auto [place, is_new] = waiting_.try_emplace({file.uri, file.Version()}, Waiting{file, {}});
  place->second.deliveries.push_back(delivery);
  ++deliveries_[delivery].open_files;
  return is_new;
}

void DeliveryBook::Fail(std::size_t delivery, std::string why) {
  State& state = deliveries_[delivery];
  state.as = Settlement::kWrong;
  state.reasons.push_back(std::move(why));
}

void DeliveryBook::Close(std::size_t delivery) {
  deliveries_[delivery].is_closed = true;
  EndIfOver(delivery);
}

void DeliveryBook::End(const FileRef& file, Settlement as, const std::string& why) {
  auto ended = waiting_.extract({file.uri, file.Version()});
  if (!ended) return;
  for (const std::size_t delivery : ended.mapped().deliveries) {
    State& state = deliveries_.at(delivery);
    --state.open_files;
    state.as = std::max(state.as, as);
    if (as != Settlement::kDone) state.reasons.push_back(why);
    EndIfOver(delivery);
  }
}

void DeliveryBook::EndIfOver(std::size_t delivery) {
  const auto place = deliveries_.find(delivery);
  State& state = place->second;
  if (!state.is_closed || state.open_files > 0) return;
  ended_.push_back({delivery, state.as, std::move(state.reasons)});
  deliveries_.erase(place);
}

std::vector<FileRef> DeliveryBook::Open() const {
  std::vector<FileRef> open;
  for (const auto& [identity, waiting] : waiting_) open.push_back(waiting.file);
  return open;
}

}  // namespace eider::source
