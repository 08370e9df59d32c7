// Files by their identity, each with the deliveries that wait for it.
#include "eider/source/delivery_book.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace eider::source {

bool DeliveryBook::Add(std::size_t delivery, const FileRef& file) {
  const auto [place, is_new] = waiting_.try_emplace({file.uri, file.Version()}, Waiting{file, {}});
  place->second.deliveries.push_back(delivery);
  return is_new;
}

void DeliveryBook::Fail(std::size_t delivery, std::string why) {
  failed_.insert(delivery);
  reasons_.push_back(std::move(why));
}

void DeliveryBook::Done(const FileRef& file) {
  waiting_.at({file.uri, file.Version()}).is_open = false;
}

void DeliveryBook::Failed(const FileRef& file, std::string why) {
  Waiting& waiting = waiting_.at({file.uri, file.Version()});
  waiting.is_open = false;
  failed_.insert(waiting.deliveries.begin(), waiting.deliveries.end());
  reasons_.push_back(std::move(why));
}

std::vector<FileRef> DeliveryBook::Open() const {
  std::vector<FileRef> open;
  for (const auto& [identity, waiting] : waiting_) {
    if (waiting.is_open) open.push_back(waiting.file);
  }
  return open;
}

}  // namespace eider::source
