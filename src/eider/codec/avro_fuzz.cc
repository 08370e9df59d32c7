// libFuzzer target: any bytes as an Avro file. tests/golden/avro/ is the corpus to begin with.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "eider/codec/avro_encoder.h"
#include "eider/codec/avro_reader.h"

namespace {

constexpr eider::codec::AvroLimits kLimits{.values_max = 100'000,
                                           .block_size_bytes_max = 1U << 20U};
constexpr int kRecordsMax = 1000;  // enough to cross blocks, few enough to stay fast

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  auto reader = eider::codec::AvroReader::Open(bytes, kLimits);
  if (!reader) return 0;
  for (int i = 0; i < kRecordsMax; ++i) {
    const auto record = reader->Next();
    if (!record || !*record) return 0;
    // What was read by a schema fits it.
    std::string encoded;
    if (!eider::codec::AvroEncoder(encoded).Write(reader->schema(), **record)) std::abort();
  }
  return 0;
}
