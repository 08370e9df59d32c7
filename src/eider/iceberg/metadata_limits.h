// Limits of table metadata, the same for what is read and for what is written: a table that would
// not be read again is not made. docs/types.md states them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace eider::iceberg {

// Structs, lists and maps inside each other; a column of a primitive type has none.
inline constexpr int kTypeDepthMax = 64;

// A struct takes three levels of JSON, and a schema's fields begin at the fifth.
inline constexpr int kMetadataJsonDepthMax = 5 + 3 * kTypeDepthMax;

// Fields of one schema on all levels, and the bytes of one field's name.
inline constexpr std::size_t kFieldsMax = 100'000;
inline constexpr std::size_t kFieldNameBytesMax = 64U << 10U;

// A metadata file, as it is and unpacked: schemas, snapshots and properties together.
inline constexpr std::uint64_t kMetadataBytesMax = 1ULL << 30;

}  // namespace eider::iceberg
