// A text in memory as Pieces, for tests and fuzz targets.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "eider/base/result.h"
#include "eider/records/csv_file.h"

namespace eider::records {

// The text in pieces of that size, at least 1.
inline Pieces PiecesOf(std::string text, std::size_t piece_bytes = 3) {
  return [text = std::move(text),
          piece_bytes](const std::function<bool(std::string_view)>& take) -> Status {
    const std::string_view all = text;
    for (std::size_t at = 0; at < all.size(); at += piece_bytes) {
      if (!take(all.substr(at, piece_bytes))) break;
    }
    return {};
  };
}

}  // namespace eider::records
