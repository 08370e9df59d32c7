#include "eider/engine/fine_times.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/engine/compact_reader.h"
#include "eider/engine/parquet_footer.h"

namespace eider::engine {
namespace {

// Type, in parquet.thrift.
constexpr std::int64_t kInt64 = 2;
constexpr std::int64_t kInt96 = 3;

// One byte each, as zigzag: Type's FIXED_LEN_BYTE_ARRAY (7), and a field 2 (type_length) of 12.
constexpr std::string_view kFixedBytes = "\x0E";
constexpr std::string_view kLengthTwelve = "\x05\x04\x18";

// Headers of a field that follows none: LogicalType's TIMESTAMP (8), and a boolean 1 that is false.
constexpr std::string_view kTimestampHeader = "\x8C";
constexpr std::string_view kFalseHeader = "\x12";
constexpr std::uint8_t kTimeHeader = 0x7C;
constexpr std::uint8_t kTrueHeader = 0x11;

constexpr std::int64_t kNanosPerDay = 86'400'000'000'000;
constexpr std::int64_t kUnixEpochJulianDay = 2'440'588;
constexpr std::int64_t kFirstDay = -719'162;  // 0001-01-01
constexpr std::int64_t kLastDay = 2'932'896;  // 9999-12-31

struct Edit {
  std::size_t at = 0;
  std::size_t removed = 0;
  std::string_view bytes;
};

struct Element {
  std::string_view name;
  std::int64_t children = 0;
  std::optional<std::int64_t> type;  // none of a group
  bool is_time = false;              // TIME, not TIMESTAMP
  bool is_nanos = false;
  bool is_utc = false;
  std::size_t logical_at = 0;  // of the header of LogicalType's field
  std::size_t utc_at = 0;      // of the header of isAdjustedToUTC
};

class FooterEditor {
 public:
  explicit FooterEditor(std::string_view bytes) : bytes_(bytes), reader_(bytes) {}

  Result<std::optional<FineTimes>> Find();

 private:
  Element ReadElement();
  void ReadLogicalType(Element& element);
  void ReadTime(Element& element);
  void ReadRowGroup();
  FineTime EditLeaf(const Element& element, std::size_t end);
  void Place(const Element& element, FineTime time);
  std::string Edited() const;

  std::string_view bytes_;
  CompactReader reader_;
  std::vector<Edit> edits_;         // in the order of their places
  std::vector<std::int64_t> open_;  // children that the open groups still wait for
  FineTimes found_;
  FineColumn column_;  // the top-level one that is read
  bool is_root_read_ = false;
};

// TimestampType and TimeType are alike: 1 isAdjustedToUTC, 2 the unit (3: nanoseconds).
void FooterEditor::ReadTime(Element& element) {
  reader_.Struct([&](std::int64_t id, Wire wire) {
    if (id == 1 && (wire == Wire::kTrue || wire == Wire::kFalse)) {
      element.is_utc = wire == Wire::kTrue;
      element.utc_at = reader_.offset() - 1;
    } else if (id == 2 && wire == Wire::kStruct) {
      reader_.Struct([&](std::int64_t unit, Wire unit_wire) {
        element.is_nanos = element.is_nanos || unit == 3;
        reader_.Skip(unit_wire);
      });
    } else {
      reader_.Skip(wire);
    }
  });
}

void FooterEditor::ReadLogicalType(Element& element) {
  reader_.Struct([&](std::int64_t id, Wire wire) {
    if (wire != Wire::kStruct || (id != 7 && id != 8)) return reader_.Skip(wire);
    element.is_time = id == 7;
    element.logical_at = reader_.offset() - 1;
    ReadTime(element);
  });
}

Element FooterEditor::ReadElement() {
  Element element;
  std::size_t type_at = 0;
  reader_.Struct([&](std::int64_t id, Wire wire) {
    if (id == 1 && wire == Wire::kInt32) {
      type_at = reader_.offset();
      element.type = reader_.Integer();
    } else if (id == 4 && wire == Wire::kBinary) {
      element.name = reader_.Binary();
    } else if (id == 5 && wire == Wire::kInt32) {
      element.children = reader_.Integer();
    } else if (id == 10 && wire == Wire::kStruct) {
      ReadLogicalType(element);
    } else {
      reader_.Skip(wire);
    }
  });
  if (element.type == kInt96) edits_.push_back({type_at, 1, kFixedBytes});
  return element;
}

// `end` is where the element's struct ends. Headers in another form than the short one are left
// alone: no writer makes them, and DuckDB's own look at the file decides.
FineTime FooterEditor::EditLeaf(const Element& element, std::size_t end) {
  if (element.type == kInt96) {
    edits_.push_back({end - 1, 0, kLengthTwelve});
    return FineTime::kInt96;
  }
  if (element.type != kInt64 || !element.is_nanos) return FineTime::kNone;
  if (!element.is_time && !element.is_utc) return FineTime::kNone;
  const auto at = [&](std::size_t place) { return static_cast<std::uint8_t>(bytes_[place]); };
  if (element.is_time && at(element.logical_at) == kTimeHeader) {
    edits_.push_back({element.logical_at, 1, kTimestampHeader});
  }
  if (element.is_utc && at(element.utc_at) == kTrueHeader) {
    edits_.push_back({element.utc_at, 1, kFalseHeader});
  }
  return FineTime::kNanoseconds;
}

// The list of elements is the tree, depth first from its root.
void FooterEditor::Place(const Element& element, FineTime time) {
  if (!is_root_read_) {
    is_root_read_ = true;
    found_.columns = static_cast<std::size_t>(std::max<std::int64_t>(element.children, 0));
    return;
  }
  if (open_.empty()) column_.name = element.name;
  if (element.type) column_.leaves.push_back(time);
  if (!element.type && element.children > 0) {
    open_.push_back(element.children);
    return;
  }
  while (!open_.empty() && --open_.back() == 0) open_.pop_back();
  if (!open_.empty()) return;
  const std::size_t next = column_.position + 1;
  const bool is_fine =
      std::ranges::any_of(column_.leaves, [](FineTime leaf) { return leaf != FineTime::kNone; });
  if (is_fine) found_.fine.push_back(std::move(column_));
  column_ = {.position = next, .name = {}, .leaves = {}};
}

// The type stands once more beside every chunk: 1 columns, 3 meta_data, 1 type.
void FooterEditor::ReadRowGroup() {
  reader_.Struct([&](std::int64_t id, Wire wire) {
    if (id != 1 || wire != Wire::kList) return reader_.Skip(wire);
    reader_.List([&](Wire chunk) {
      if (chunk != Wire::kStruct) return reader_.Skip(chunk);
      reader_.Struct([&](std::int64_t chunk_id, Wire chunk_wire) {
        if (chunk_id != 3 || chunk_wire != Wire::kStruct) return reader_.Skip(chunk_wire);
        reader_.Struct([&](std::int64_t data_id, Wire data_wire) {
          if (data_id != 1 || data_wire != Wire::kInt32) return reader_.Skip(data_wire);
          const std::size_t at = reader_.offset();
          if (reader_.Integer() == kInt96) edits_.push_back({at, 1, kFixedBytes});
        });
      });
    });
  });
}

Result<std::optional<FineTimes>> FooterEditor::Find() {
  reader_.Struct([&](std::int64_t id, Wire wire) {
    if (wire != Wire::kList || (id != 2 && id != 4)) return reader_.Skip(wire);
    reader_.List([&](Wire item) {
      if (item != Wire::kStruct) return reader_.Skip(item);
      if (id == 4) return ReadRowGroup();
      const Element element = ReadElement();
      Place(element, EditLeaf(element, reader_.offset()));
    });
  });
  if (!reader_.ok()) return Fail(Code::kCorrupt, "the Parquet footer cannot be read");
  if (found_.fine.empty()) return std::optional<FineTimes>();
  found_.tail = Edited();
  return std::optional(std::move(found_));
}

std::string FooterEditor::Edited() const {
  std::string out;
  out.reserve(bytes_.size() + edits_.size() * kLengthTwelve.size() + kParquetTrailerBytes);
  std::vector<Edit> edits = edits_;
  std::ranges::stable_sort(edits, {}, &Edit::at);
  std::size_t at = 0;
  for (const Edit& edit : edits) {
    out += bytes_.substr(at, edit.at - at);
    out += edit.bytes;
    at = edit.at + edit.removed;
  }
  out += bytes_.substr(at);
  const auto size = static_cast<std::uint32_t>(out.size());
  for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>(size >> shift & 0xFFU);
  out += kParquetMagic;
  return out;
}

}  // namespace

Result<std::optional<FineTimes>> FindFineTimes(std::string_view tail) {
  EIDER_ASSIGN(const std::uint64_t footer, ParquetFooterLength(tail));
  if (footer + kParquetTrailerBytes > tail.size()) {
    return Fail(Code::kCorrupt, "the Parquet footer is longer than its file");
  }
  tail.remove_suffix(kParquetTrailerBytes);
  return FooterEditor(tail.substr(tail.size() - footer)).Find();
}

// Nanoseconds of the day (8 bytes), then the Julian day (4), little-endian.
std::string Int96Fault(std::string_view bytes) {
  std::int64_t nanos = 0;
  std::int32_t julian_day = 0;
  if (bytes.size() != sizeof nanos + sizeof julian_day) return "is no INT96";
  std::memcpy(&nanos, bytes.data(), sizeof nanos);
  std::memcpy(&julian_day, bytes.data() + sizeof nanos, sizeof julian_day);
  const std::int64_t day = julian_day - kUnixEpochJulianDay;
  if (nanos < 0 || nanos >= kNanosPerDay) {
    return fmt::format("has {} nanoseconds in its day, which has {}", nanos, kNanosPerDay);
  }
  if (day < kFirstDay || day > kLastDay) {
    return fmt::format("is {} days from 1970-01-01, which is not in the years 1 to 9999", day);
  }
  if (nanos % 1000 != 0) {
    return fmt::format("has {} nanoseconds in its day, and microseconds are kept", nanos);
  }
  return "";
}

}  // namespace eider::engine
