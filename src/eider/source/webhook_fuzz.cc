// Whatever bytes come to a webhook: a delivery and a refusal, no exception, no overflow.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "eider/source/webhook.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const eider::source::Delivery delivery = eider::source::ReadWebhook(bytes);
  for (const eider::FileRef& file : delivery.files) {
    if (file.uri.bucket.empty() || file.uri.key.empty()) std::abort();
  }
  const std::size_t half = size / 2;
  const std::string_view header = bytes.substr(0, half);
  // Nobody who does not know it can come by this.
  constexpr std::string_view kSecret = "d0b5f1a1-6f0c-4c63-9a53-2f6d3a3f8f11";
  if (eider::source::CheckBearer(header, kSecret)) std::abort();
  if (eider::source::CheckBasic(header, kSecret)) std::abort();
  if (eider::source::CheckHmac(header, kSecret, bytes.substr(half))) std::abort();
  if (eider::source::CheckBearer(header, "") || eider::source::CheckBasic(header, "")) std::abort();
  return 0;
}
