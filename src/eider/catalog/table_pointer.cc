// What a pointer that moves alone says to those who want several moved.
#include "eider/catalog/table_pointer.h"

#include <span>

#include <fmt/format.h>

#include "eider/base/result.h"

namespace eider::catalog {

Status TablePointer::SwapAll(std::span<const PointerMove> moves) {
  return Fail(Code::kUnsupported,
              fmt::format("this catalog commits to one table at a time, not to {}", moves.size()));
}

}  // namespace eider::catalog
