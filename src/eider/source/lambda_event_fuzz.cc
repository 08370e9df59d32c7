// Whatever bytes a function is invoked with: an answer, no exception, no overflow.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "eider/source/lambda_event.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto event = eider::source::ParseLambdaEvent(bytes);
  if (!event) return 0;
  if (!event->is_sqs && event->deliveries.size() != 1) std::abort();
  for (const eider::source::Delivery& delivery : event->deliveries) {
    for (const eider::FileRef& file : delivery.files) {
      if (file.uri.bucket.empty() || file.uri.key.empty()) std::abort();
    }
  }
  return 0;
}
