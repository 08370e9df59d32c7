// Values to Avro's binary encoding, checked against a schema.
//
// Source: Avro 1.11 specification, "Binary Encoding".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "eider/base/result.h"
#include "eider/codec/avro_schema.h"
#include "eider/codec/avro_value.h"

namespace eider::codec {

// Appends to a string that it borrows. Used by one thread.
class AvroEncoder {
 public:
  explicit AvroEncoder(std::string& out) : out_(out) {}

  // One datum. Errors: kInvalid with the path of what does not fit; part of it may be written then.
  Status Write(const AvroNode& type, const AvroValue& value);

  void WriteLong(std::int64_t value);

  // Bytes with their length in front.
  void WriteBytes(std::string_view bytes);

 private:
  // Each returns false after it has set problem_; path_ grows from its end while they return.
  bool Encode(const AvroNode& type, const AvroValue& value);
  bool EncodeRecord(const AvroNode& type, const AvroRecord& record);
  bool EncodeArray(const AvroNode& type, const AvroArray& array);
  bool EncodeMap(const AvroNode& type, const AvroMap& map);
  bool EncodeUnion(const AvroNode& type, const AvroValue& value);
  bool EncodeText(const AvroNode& type, const std::string& text);
  template <typename Bits>
  void WriteLittleEndian(Bits bits);
  bool Misfit(std::string problem);

  std::string& out_;
  std::string path_;
  std::string problem_;
};

}  // namespace eider::codec
