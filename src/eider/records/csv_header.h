// Whether the first line of a CSV is a header, told by it and by the lines below.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "eider/base/result.h"
#include "eider/records/text_type.h"

namespace eider::records {

// The first lines of a sample, as far as they tell a header.
struct CsvBeginning {
  std::uint64_t blank_lines = 0;             // before the first record
  std::vector<std::string> first;            // the cells of the first record
  std::vector<TextType> types;               // of the others
  std::vector<std::set<std::string>> texts;  // the distinct cells of the others, some of them
  std::size_t others = 0;
  bool comes_again = false;  // the whole first record, among the others
};

enum class CsvHeader : std::uint8_t { kNone, kFirstLine, kUnknown };

// A first line is a header where its cells do not fit the types below them; where all columns are
// text, where its cells are names and stand nowhere below. It is a row where one of its cells fits
// a type, where one is a number, a date or the like, and where each comes again below it, but not
// all in the same line: that may be a header of a file that was put behind another. All else is
// unknown, and so are years that rise or fall above what are none: a row that was taken for a
// header, or a header for a row, would be wrong data without an error.
// `has_header`: where it is given. A first line of `likely_names` is a header.
CsvHeader TellHeader(const CsvBeginning& beginning, std::optional<bool> has_header,
                     const std::vector<std::string>& likely_names);

// That it is kUnknown: kInvalid, with the way out.
Error UnknownHeader(const CsvBeginning& beginning);

// Whether one of the cells is one of the names, in any case of letters.
bool HasOneOf(const std::vector<std::string>& cells, const std::vector<std::string>& names);

}  // namespace eider::records
