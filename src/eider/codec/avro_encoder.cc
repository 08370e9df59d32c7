// Encoding of Avro data; nothing is rounded or cut to make it fit.
#include "eider/codec/avro_encoder.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/avro_schema.h"
#include "eider/codec/avro_value.h"

namespace eider::codec {
namespace {

std::string_view KindOf(const AvroValue& value) {
  // In the order of AvroValue's alternatives.
  constexpr std::string_view kKinds[] = {"null",  "boolean", "integer", "double",
                                         "bytes", "array",   "map",     "record"};
  return kKinds[value.data.index()];
}

// Whether the value's kind is the type's, without a look at what it contains.
bool Fits(const AvroNode& type, const AvroValue& value) {
  switch (type.type) {
    case AvroType::kNull:
      return value.IsNull();
    case AvroType::kBoolean:
      return value.If<bool>() != nullptr;
    case AvroType::kInt:
    case AvroType::kLong:
      return value.If<std::int64_t>() != nullptr;
    case AvroType::kFloat:
    case AvroType::kDouble:
      return value.If<double>() != nullptr;
    case AvroType::kBytes:
    case AvroType::kString:
    case AvroType::kFixed:
    case AvroType::kEnum:
      return value.If<std::string>() != nullptr;
    case AvroType::kArray:
      return value.If<AvroArray>() != nullptr;
    case AvroType::kMap:
      return value.If<AvroMap>() != nullptr;
    case AvroType::kRecord:
      return value.If<AvroRecord>() != nullptr;
    case AvroType::kUnion:
      return std::ranges::any_of(type.branches,
                                 [&](const AvroNode* branch) { return Fits(*branch, value); });
  }
  return false;
}

}  // namespace

Status AvroEncoder::Write(const AvroNode& type, const AvroValue& value) {
  path_.clear();
  if (Encode(type, value)) return {};
  const std::string_view name = type.name.empty() ? AvroTypeName(type.type) : type.name;
  return Fail(Code::kInvalid,
              fmt::format("value does not fit the Avro schema at {}{}: {}", name, path_, problem_));
}

bool AvroEncoder::Encode(const AvroNode& type, const AvroValue& value) {
  if (!Fits(type, value)) {
    return Misfit(
        fmt::format("the type is {}, the value {}", AvroTypeName(type.type), KindOf(value)));
  }
  switch (type.type) {
    case AvroType::kNull:
      return true;
    case AvroType::kBoolean:
      out_.push_back(*value.If<bool>() ? '\1' : '\0');
      return true;
    case AvroType::kInt:
      if (!std::in_range<std::int32_t>(*value.If<std::int64_t>())) {
        return Misfit(fmt::format("an int of 32 bits cannot hold {}", *value.If<std::int64_t>()));
      }
      WriteLong(*value.If<std::int64_t>());
      return true;
    case AvroType::kLong:
      WriteLong(*value.If<std::int64_t>());
      return true;
    case AvroType::kFloat: {
      const double number = *value.If<double>();
      const auto narrow = static_cast<float>(number);
      if (!std::isnan(number) && static_cast<double>(narrow) != number) {
        return Misfit(fmt::format("a float of 32 bits cannot hold {}", number));
      }
      WriteLittleEndian(std::bit_cast<std::uint32_t>(narrow));
      return true;
    }
    case AvroType::kDouble:
      WriteLittleEndian(std::bit_cast<std::uint64_t>(*value.If<double>()));
      return true;
    case AvroType::kBytes:
    case AvroType::kString:
    case AvroType::kFixed:
    case AvroType::kEnum:
      return EncodeText(type, *value.If<std::string>());
    case AvroType::kArray:
      return EncodeArray(type, *value.If<AvroArray>());
    case AvroType::kMap:
      return EncodeMap(type, *value.If<AvroMap>());
    case AvroType::kRecord:
      return EncodeRecord(type, *value.If<AvroRecord>());
    case AvroType::kUnion:
      return EncodeUnion(type, value);
  }
  return Misfit("unknown type");
}

bool AvroEncoder::EncodeRecord(const AvroNode& type, const AvroRecord& record) {
  if (record.fields.size() != type.fields.size()) {
    return Misfit(fmt::format("the record has {} fields, the value {}", type.fields.size(),
                              record.fields.size()));
  }
  for (std::size_t i = 0; i < type.fields.size(); ++i) {
    if (Encode(*type.fields[i].type, record.fields[i])) continue;
    path_.insert(0, fmt::format(".{}", type.fields[i].name));
    return false;
  }
  return true;
}

bool AvroEncoder::EncodeArray(const AvroNode& type, const AvroArray& array) {
  if (!array.items.empty()) WriteLong(static_cast<std::int64_t>(array.items.size()));
  for (std::size_t i = 0; i < array.items.size(); ++i) {
    if (Encode(*type.element, array.items[i])) continue;
    path_.insert(0, fmt::format("[{}]", i));
    return false;
  }
  WriteLong(0);
  return true;
}

bool AvroEncoder::EncodeMap(const AvroNode& type, const AvroMap& map) {
  if (!map.entries.empty()) WriteLong(static_cast<std::int64_t>(map.entries.size()));
  for (const auto& [key, value] : map.entries) {
    WriteBytes(key);
    if (Encode(*type.element, value)) continue;
    path_.insert(0, fmt::format("['{}']", key));
    return false;
  }
  WriteLong(0);
  return true;
}

bool AvroEncoder::EncodeUnion(const AvroNode& type, const AvroValue& value) {
  const auto branch = std::ranges::find_if(
      type.branches, [&](const AvroNode* candidate) { return Fits(*candidate, value); });
  WriteLong(branch - type.branches.begin());  // found, for the union itself fits
  return Encode(**branch, value);
}

bool AvroEncoder::EncodeText(const AvroNode& type, const std::string& text) {
  if (type.type == AvroType::kFixed) {
    if (text.size() != type.fixed_size_bytes) {
      return Misfit(
          fmt::format("the fixed has {} bytes, the value {}", type.fixed_size_bytes, text.size()));
    }
    out_ += text;
  } else if (type.type == AvroType::kEnum) {
    const auto symbol = std::ranges::find(type.symbols, text);
    if (symbol == type.symbols.end()) {
      return Misfit(fmt::format("no symbol of the enum: '{}'", text));
    }
    WriteLong(symbol - type.symbols.begin());
  } else {
    WriteBytes(text);
  }
  return true;
}

void AvroEncoder::WriteLong(std::int64_t value) {
  auto bits = (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63);
  while (bits > 0x7FU) {
    out_.push_back(static_cast<char>((bits & 0x7FU) | 0x80U));
    bits >>= 7U;
  }
  out_.push_back(static_cast<char>(bits));
}

void AvroEncoder::WriteBytes(std::string_view bytes) {
  WriteLong(static_cast<std::int64_t>(bytes.size()));
  out_ += bytes;
}

template <typename Bits>
void AvroEncoder::WriteLittleEndian(Bits bits) {
  for (unsigned shift = 0; shift < 8 * sizeof(Bits); shift += 8) {
    out_.push_back(static_cast<char>((bits >> shift) & 0xFFU));
  }
}

bool AvroEncoder::Misfit(std::string problem) {
  problem_ = std::move(problem);
  return false;
}

}  // namespace eider::codec
