// Whatever bytes come as an event: an answer, no exception, no overflow.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "eider/source/s3_event.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto event = eider::source::ParseS3Event(bytes);
  if (event) {
    for (const eider::FileRef& file : event->files) {
      if (file.uri.bucket.empty() || file.uri.key.empty()) std::abort();
    }
  }
  const auto key = eider::source::DecodeEventKey(bytes);
  if (key && key->size() > bytes.size()) std::abort();
  return 0;
}
