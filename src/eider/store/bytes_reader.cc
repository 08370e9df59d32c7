// Copies, within bounds.
#include "eider/store/bytes_reader.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "eider/base/result.h"

namespace eider::store {

Status BytesReader::ReadAt(std::uint64_t offset, std::span<char> out) {
  if (offset > bytes_->size() || out.size() > bytes_->size() - offset) {
    return Fail(Code::kInvalid,
                fmt::format("cannot read beyond the end of the object, {} bytes from {} of {}: {}",
                            out.size(), offset, bytes_->size(), info_.uri.ToString()));
  }
  std::ranges::copy(std::string_view(*bytes_).substr(offset, out.size()), out.begin());
  return {};
}

}  // namespace eider::store
