// An object whose bytes are in memory.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "eider/base/result.h"
#include "eider/store/object_store.h"

namespace eider::store {

class BytesReader final : public ObjectReader {
 public:
  // shared: whoever keeps the object may replace or forget it while it is read.
  BytesReader(ObjectInfo info, std::shared_ptr<const std::string> bytes)
      : info_(std::move(info)), bytes_(std::move(bytes)) {}

  const ObjectInfo& info() const override { return info_; }

  Status ReadAt(std::uint64_t offset, std::span<char> out) override;

 private:
  ObjectInfo info_;
  std::shared_ptr<const std::string> bytes_;  // shared: as above
};

}  // namespace eider::store
