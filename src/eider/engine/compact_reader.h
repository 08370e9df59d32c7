// Reading of Thrift's compact protocol, as far as Parquet's footers and page headers need it.
//
// A field is one byte (id delta << 4 | type) and, when the delta is 0, a zigzag varint id of at
// most 16 bits; 0 ends a struct. A list is one byte (size << 4 | element type), with a varint size
// where that is 15.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace eider::engine {

enum class Wire : std::uint8_t {
  kStop = 0,
  kTrue = 1,
  kFalse = 2,
  kByte = 3,
  kInt16 = 4,
  kInt32 = 5,
  kInt64 = 6,
  kDouble = 7,
  kBinary = 8,
  kList = 9,
  kSet = 10,
  kMap = 11,
  kStruct = 12,
};

inline bool IsInteger(Wire wire) {
  return wire == Wire::kInt16 || wire == Wire::kInt32 || wire == Wire::kInt64;
}

// Nothing in parquet.thrift is nested deeper.
inline constexpr int kThriftDepthMax = 16;

// Reads on after a defect yield zeros; `ok` tells in the end.
class CompactReader {
 public:
  explicit CompactReader(std::string_view bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }

  // Bytes passed so far.
  std::size_t offset() const { return at_; }

  std::uint64_t Varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint8_t byte = Byte();
      value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if ((byte & 0x80U) == 0) return value;
    }
    ok_ = false;
    return 0;
  }

  std::int64_t Integer() {
    const std::uint64_t zigzag = Varint();
    return static_cast<std::int64_t>((zigzag >> 1U) ^ (~(zigzag & 1U) + 1U));
  }

  // Reads an integer field into `value`; another type is passed over, as Thrift does.
  void IntegerOr(Wire wire, std::int64_t& value) {
    if (!IsInteger(wire)) return Skip(wire);
    value = Integer();
  }

  std::string_view Binary() { return Take(Varint()); }

  std::string_view Take(std::uint64_t size) {
    const std::size_t begin = at_;
    Advance(size);
    return ok_ ? bytes_.substr(begin, size) : std::string_view();
  }

  // Calls `read(field id, wire type)` for every field of a struct, which must read or skip it.
  template <typename Read>
  void Struct(const Read& read) {
    std::int64_t id = 0;
    while (ok_) {
      const std::uint8_t header = Byte();
      const auto wire = static_cast<Wire>(header & 0x0FU);
      if (wire == Wire::kStop) return;
      const unsigned delta = header >> 4U;
      id = delta != 0 ? id + delta : Integer();
      if (id != static_cast<std::int16_t>(id)) ok_ = false;
      if (ok_) read(id, wire);
    }
  }

  // Calls `read(element type)` for every element of a list.
  template <typename Read>
  void List(const Read& read) {
    const std::uint8_t header = Byte();
    std::uint64_t size = header >> 4U;
    if (size == 15) size = Varint();
    if (size > bytes_.size() - at_) ok_ = false;  // each takes a byte at least
    for (std::uint64_t i = 0; i < size && ok_; ++i) read(static_cast<Wire>(header & 0x0FU));
  }

  void Skip(Wire wire, int depth = 0) {
    if (depth > kThriftDepthMax) {
      ok_ = false;
      return;
    }
    switch (wire) {
      case Wire::kTrue:
      case Wire::kFalse:
        return;  // the value is the type
      case Wire::kByte:
        return Advance(1);
      case Wire::kInt16:
      case Wire::kInt32:
      case Wire::kInt64:
        Varint();
        return;
      case Wire::kDouble:
        return Advance(8);
      case Wire::kBinary:
        return Advance(Varint());
      case Wire::kList:
      case Wire::kSet:
        return List([&](Wire element) {
          // In a list a boolean takes a byte.
          const bool is_bool = element == Wire::kTrue || element == Wire::kFalse;
          Skip(is_bool ? Wire::kByte : element, depth + 1);
        });
      case Wire::kStruct:
        return Struct([&](std::int64_t, Wire field) { Skip(field, depth + 1); });
      default:
        ok_ = false;  // maps: parquet.thrift has none
    }
  }

 private:
  std::uint8_t Byte() {
    if (at_ >= bytes_.size()) {
      ok_ = false;
      return 0;
    }
    return static_cast<std::uint8_t>(bytes_[at_++]);
  }

  void Advance(std::uint64_t count) {
    if (count > bytes_.size() - at_) ok_ = false;
    at_ = ok_ ? at_ + count : bytes_.size();
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace eider::engine
