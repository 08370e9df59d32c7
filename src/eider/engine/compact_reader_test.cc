// Structs of Thrift's compact protocol, whose field ids are numbers of 16 bits
// (thrift/doc/specs/thrift-compact-protocol.md, "Struct Encoding").
#include "eider/engine/compact_reader.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eider::engine {
namespace {

using testing::ElementsAre;

struct ReadFields {
  std::vector<std::int64_t> ids;
  bool is_ok = false;
};

// Of a struct whose fields are all booleans, which take no bytes of their own.
ReadFields FieldsOf(std::string_view bytes) {
  ReadFields read;
  CompactReader reader(bytes);
  reader.Struct([&](std::int64_t id, Wire) { read.ids.push_back(id); });
  read.is_ok = reader.ok();
  return read;
}

std::string Varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>((value & 0x7F) | 0x80);
  return bytes + static_cast<char>(value);
}

// A field with its id, which zigzag makes a number from 0 of.
std::string FieldWithId(std::uint64_t zigzag) {
  return '\x01' + Varint(zigzag);
}

const std::string kStop(1, '\0');

TEST(CompactReader, FieldsAreNumberedByStepsAndInFull) {
  const ReadFields read = FieldsOf("\x11\x31" + FieldWithId(65534) + FieldWithId(65535) + kStop);
  EXPECT_TRUE(read.is_ok);
  EXPECT_THAT(read.ids, ElementsAre(1, 4, 32767, -32768));
}

TEST(CompactReader, FieldIdsOfMoreThan16BitsAreADefect) {
  // 32767 and a step of one; 32768; -32769; the greatest number of 64 bits and a step.
  for (const std::string& bytes :
       {FieldWithId(65534) + "\x11", FieldWithId(65536), FieldWithId(65537),
        FieldWithId(UINT64_MAX - 1) + "\x11", FieldWithId(UINT64_MAX) + "\x11"}) {
    EXPECT_FALSE(FieldsOf(bytes + kStop).is_ok) << testing::PrintToString(bytes);
  }
}

}  // namespace
}  // namespace eider::engine
