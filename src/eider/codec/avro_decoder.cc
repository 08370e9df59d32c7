#include "eider/codec/avro_decoder.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/avro_schema.h"
#include "eider/codec/avro_value.h"

namespace eider::codec {
namespace {

// A count is only a claim: beyond this many items memory grows with what was really decoded.
constexpr std::int64_t kReservedItemsMax = 1024;

constexpr unsigned kVarintBitsMax = 63;  // the shift of a long's tenth and last byte

}  // namespace

Result<AvroValue> AvroDecoder::Read(const AvroNode& type) {
  values_ = 0;
  depth_ = 0;
  AvroValue value;
  if (!Decode(type, value)) return Fail(Code::kCorrupt, error_);
  return value;
}

Result<std::int64_t> AvroDecoder::ReadLong() {
  std::int64_t value = 0;
  if (!DecodeLong(value)) return Fail(Code::kCorrupt, error_);
  return value;
}

Result<std::string_view> AvroDecoder::ReadBytes() {
  std::string_view value;
  if (!DecodeBytes(value)) return Fail(Code::kCorrupt, error_);
  return value;
}

Result<std::string_view> AvroDecoder::ReadFixed(std::size_t size_bytes) {
  std::string_view value;
  if (!DecodeFixed(size_bytes, value)) return Fail(Code::kCorrupt, error_);
  return value;
}

bool AvroDecoder::Decode(const AvroNode& type, AvroValue& into) {
  if (++values_ > limits_.values_max) {
    return Broken(
        fmt::format("more values in one record than the limit of {}", limits_.values_max));
  }
  switch (type.type) {
    case AvroType::kNull:
      return true;
    case AvroType::kBoolean:
      return DecodeBoolean(into);
    case AvroType::kInt:
      return DecodeInt(into);
    case AvroType::kLong:
      return DecodeLong(into.data.emplace<std::int64_t>());
    case AvroType::kFloat:
      return DecodeFloat<float, std::uint32_t>(into);
    case AvroType::kDouble:
      return DecodeFloat<double, std::uint64_t>(into);
    case AvroType::kEnum:
      return DecodeEnum(type, into);
    case AvroType::kBytes:
    case AvroType::kString: {
      std::string_view bytes;
      if (!DecodeBytes(bytes)) return false;
      into.data.emplace<std::string>(bytes);
      return true;
    }
    case AvroType::kFixed: {
      std::string_view bytes;
      if (!DecodeFixed(type.fixed_size_bytes, bytes)) return false;
      into.data.emplace<std::string>(bytes);
      return true;
    }
    case AvroType::kArray:
    case AvroType::kMap:
    case AvroType::kRecord:
    case AvroType::kUnion:
      return DecodeNested(type, into);
  }
  return Broken("unknown type");
}

bool AvroDecoder::DecodeNested(const AvroNode& type, AvroValue& into) {
  if (++depth_ > limits_.depth_max) {
    return Broken(fmt::format("values nested deeper than the limit of {}", limits_.depth_max));
  }
  bool done = false;
  if (type.type == AvroType::kRecord) {
    done = DecodeRecord(type, into);
  } else if (type.type == AvroType::kUnion) {
    done = DecodeUnion(type, into);
  } else if (type.type == AvroType::kArray) {
    done = DecodeArray(type, into);
  } else {
    done = DecodeMap(type, into);
  }
  --depth_;
  return done;
}

bool AvroDecoder::DecodeRecord(const AvroNode& type, AvroValue& into) {
  auto& fields = into.data.emplace<AvroRecord>().fields;
  fields.resize(type.fields.size());
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!Decode(*type.fields[i].type, fields[i])) return false;
  }
  return true;
}

bool AvroDecoder::DecodeUnion(const AvroNode& type, AvroValue& into) {
  std::int64_t branch = 0;
  if (!DecodeLong(branch)) return false;
  if (!std::in_range<std::size_t>(branch) ||
      static_cast<std::size_t>(branch) >= type.branches.size()) {
    return Broken(fmt::format("branch {} of a union of {}", branch, type.branches.size()));
  }
  return Decode(*type.branches[static_cast<std::size_t>(branch)], into);
}

bool AvroDecoder::DecodeArray(const AvroNode& type, AvroValue& into) {
  auto& items = into.data.emplace<AvroArray>().items;
  while (true) {
    std::int64_t count = 0;
    if (!DecodeItemCount(count)) return false;
    if (count == 0) return true;
    if (items.empty()) {
      items.reserve(static_cast<std::size_t>(std::min(count, kReservedItemsMax)));
    }
    for (; count > 0; --count) {
      if (!Decode(*type.element, items.emplace_back())) return false;
    }
  }
}

bool AvroDecoder::DecodeMap(const AvroNode& type, AvroValue& into) {
  auto& entries = into.data.emplace<AvroMap>().entries;
  while (true) {
    std::int64_t count = 0;
    if (!DecodeItemCount(count)) return false;
    if (count == 0) return true;
    for (; count > 0; --count) {
      std::string_view key;
      if (!DecodeBytes(key)) return false;
      auto& entry = entries.emplace_back(key, AvroValue());
      if (!Decode(*type.element, entry.second)) return false;
    }
  }
}

// The number of items in the next piece of an array or map; 0 ends it. A negative count is followed
// by the piece's size in bytes, for those who skip it. More items than bytes that are left are
// refused, though items of no bytes at all (nulls) could be that many.
bool AvroDecoder::DecodeItemCount(std::int64_t& into) {
  std::int64_t count = 0;
  if (!DecodeLong(count)) return false;
  if (count < 0) {
    std::int64_t size = 0;
    if (!DecodeLong(size)) return false;
    if (count == std::numeric_limits<std::int64_t>::min()) {
      return Broken(fmt::format("{} items announced", count));
    }
    count = -count;
  }
  if (static_cast<std::uint64_t>(count) > left()) {
    return Broken(fmt::format("{} items announced, but {} bytes are left", count, left()));
  }
  into = count;
  return true;
}

bool AvroDecoder::DecodeInt(AvroValue& into) {
  std::int64_t& value = into.data.emplace<std::int64_t>();
  if (!DecodeLong(value)) return false;
  if (!std::in_range<std::int32_t>(value)) {
    return Broken(fmt::format("an int beyond 32 bits: {}", value));
  }
  return true;
}

bool AvroDecoder::DecodeBoolean(AvroValue& into) {
  std::string_view byte;
  if (!DecodeFixed(1, byte)) return false;
  if (byte[0] != 0 && byte[0] != 1) {
    return Broken(fmt::format("a boolean of {}", static_cast<int>(byte[0])));
  }
  into.data.emplace<bool>(byte[0] == 1);
  return true;
}

bool AvroDecoder::DecodeEnum(const AvroNode& type, AvroValue& into) {
  std::int64_t index = 0;
  if (!DecodeLong(index)) return false;
  if (!std::in_range<std::size_t>(index) ||
      static_cast<std::size_t>(index) >= type.symbols.size()) {
    return Broken(fmt::format("symbol {} of an enum of {}", index, type.symbols.size()));
  }
  into.data.emplace<std::string>(type.symbols[static_cast<std::size_t>(index)]);
  return true;
}

template <typename Float, typename Bits>
bool AvroDecoder::DecodeFloat(AvroValue& into) {
  std::string_view bytes;
  if (!DecodeFixed(sizeof(Bits), bytes)) return false;
  Bits bits = 0;
  for (std::size_t i = sizeof(Bits); i > 0; --i) {  // little-endian
    bits = static_cast<Bits>(bits << 8U) | static_cast<std::uint8_t>(bytes[i - 1]);
  }
  into.data.emplace<double>(static_cast<double>(std::bit_cast<Float>(bits)));
  return true;
}

// Seven bits per byte, lowest first; then zig-zag: 0, -1, 1, -2, …
bool AvroDecoder::DecodeLong(std::int64_t& into) {
  std::uint64_t bits = 0;
  for (unsigned shift = 0; shift <= kVarintBitsMax; shift += 7) {
    if (left() == 0) return Broken("cut off in a number");
    const auto byte = static_cast<std::uint8_t>(bytes_[position_++]);
    if (shift == kVarintBitsMax && byte > 1) break;
    bits |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
    if ((byte & 0x80U) == 0) {
      into = static_cast<std::int64_t>((bits >> 1U) ^ (~(bits & 1U) + 1U));
      return true;
    }
  }
  return Broken("a number of more than 64 bits");
}

bool AvroDecoder::DecodeBytes(std::string_view& into) {
  std::int64_t size = 0;
  if (!DecodeLong(size)) return false;
  if (size < 0) return Broken(fmt::format("a length of {} bytes", size));
  return DecodeFixed(static_cast<std::size_t>(size), into);
}

bool AvroDecoder::DecodeFixed(std::size_t size_bytes, std::string_view& into) {
  if (size_bytes > left()) {
    return Broken(fmt::format("{} bytes announced, but {} are left", size_bytes, left()));
  }
  into = bytes_.substr(position_, size_bytes);
  position_ += size_bytes;
  return true;
}

bool AvroDecoder::Broken(std::string what) {
  error_ = fmt::format("{}, at byte {}", what, position_);
  return false;
}

}  // namespace eider::codec
