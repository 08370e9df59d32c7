// Records of a text file that do not read, or whose values do not fit, told one by one from those
// that are kept.
//
// A text that was sifted has every kept record as it stood. In the place of a rejected line there
// is an empty one, so that the lines behind it keep their numbers, and readers pass over it; not so
// in a CSV of one column, where an empty line is a record, and in JSON that is not one value a
// line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "eider/base/result.h"
#include "eider/records/csv_file.h"
#include "eider/records/json_file.h"
#include "eider/records/value_type.h"

namespace eider::records {

// More of a rejected record's text is not kept.
inline constexpr std::size_t kRejectedTextMax = 64U << 10U;

struct RejectedRecord {
  std::uint64_t line = 0;                 // where it begins, from 1; 0: not known
  std::string column = {};                // empty: it is no record of the file's shape
  std::optional<std::string> value = {};  // of the column; nothing: it has none
  std::string reason;
  std::string record;  // its text, as the file has it
};

// What the values of one column must be.
struct ColumnRule {
  std::string column;
  std::size_t index = 0;               // of it, in a CSV file
  std::optional<ValueType> type = {};  // nothing: every value will do
  bool is_required = false;            // must have one
  std::string wrong_type = {};         // the reason where a value is none of `type`
  std::string no_value = {};           // the reason where there is none
};

struct SiftTakers {
  std::function<Status(std::string_view text)> keep;  // pieces of the text that is left
  std::function<Status(RejectedRecord rejected)> reject;
};

// How many records were kept.
using Kept = std::uint64_t;

// Of a file whose beginning is known. `null_text` as in CsvQuestion. Errors: kCorrupt (mixed line
// ends; in a file of one column, a record that does not read), those of `pieces` and of the takers.
Result<Kept> SiftCsv(const Pieces& pieces, const CsvFile& file, const std::string& null_text,
                     std::span<const ColumnRule> rules, const SiftTakers& takers);

// Of values that are objects. Where each stands on a line of its own (`question.format`), lines
// that are none are rejected too. Errors: those of ReadJson, of `pieces` and of the takers.
Result<Kept> SiftJson(const Pieces& pieces, const JsonQuestion& question,
                      std::span<const ColumnRule> rules, const SiftTakers& takers);

// Whether the first line that is not empty is an object: then each line is one, or none of them can
// be told from others. Errors: those of `pieces`.
Result<bool> BeginsWithObjectLine(const Pieces& pieces, const JsonQuestion& question);

}  // namespace eider::records
