// Any bytes: the reader refuses them or reads a table that it writes and reads again as the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "eider/base/result.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/iceberg/table_metadata_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using eider::iceberg::ParseTableMetadata;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = ParseTableMetadata(text);
  if (!parsed) return 0;
  const std::string printed = TableMetadataToJson(*parsed);
  const auto again = ParseTableMetadata(printed);
  if (!again || *again != *parsed || TableMetadataToJson(*again) != printed) std::abort();
  return 0;
}
