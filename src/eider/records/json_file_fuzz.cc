// Whatever bytes come as JSON: the same answer in whatever pieces, and what nlohmann's parser takes
// for one value is one.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "eider/base/result.h"
#include "eider/records/json_file.h"
#include "eider/records/testing/text_pieces.h"

namespace {

eider::Result<eider::records::JsonFile> Read(std::string_view text, std::size_t piece_bytes) {
  return eider::records::ReadJson(eider::records::PiecesOf(std::string(text), piece_bytes),
                                  {.format = eider::records::JsonFormat::kValues});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto whole = Read(text, std::max<std::size_t>(size, 1));
  const auto pieces = Read(text, 3);
  if (whole.has_value() != pieces.has_value()) std::abort();
  if (whole && whole->records != pieces->records) std::abort();
  const bool is_value = nlohmann::json::accept(text.begin(), text.end());
  if (is_value && whole && whole->records != 1) std::abort();
  return 0;
}
