// What no value could be is a name; what could be both is unknown.
#include "eider/records/csv_header.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"
#include "eider/records/lower_name.h"
#include "eider/records/text_type.h"

namespace eider::records {
namespace {

bool Fits(const TextType& type, const std::string& text) {
  TextType with = type;
  with.Add(text);
  return !with.IsText();
}

bool AreNames(const std::vector<std::string>& cells) {
  std::set<std::string> seen;
  return std::ranges::all_of(cells, [&](const std::string& cell) {
    const std::string_view text = TrimBlanks(cell);
    TextType type;
    type.Add(text);
    return !text.empty() && type.IsText() && seen.insert(std::string(text)).second;
  });
}

// 0: it is none.
int YearIn(const std::string& cell) {
  constexpr std::size_t kDigits = 4;
  const std::string_view text = TrimBlanks(cell);
  const bool is_year = text.size() == kDigits && (text.starts_with("19") || text.starts_with("20"));
  int year = 0;
  if (is_year) std::from_chars(text.data(), text.data() + text.size(), year);
  return year > 999 ? year : 0;
}

// Columns by year: two or more years that rise or fall, and none below them. They may name columns
// of numbers, and be a row of numbers as well.
bool MayBeYears(const CsvBeginning& beginning) {
  std::vector<int> years;
  for (std::size_t i = 0; i < beginning.first.size(); ++i) {
    const int year = YearIn(beginning.first[i]);
    if (year == 0) continue;
    const bool is_below = std::ranges::any_of(
        beginning.texts[i], [](const std::string& text) { return YearIn(text) != 0; });
    if (is_below) return false;
    years.push_back(year);
  }
  const bool rise = std::ranges::adjacent_find(years, std::greater_equal()) == years.end();
  const bool fall = std::ranges::adjacent_find(years, std::less_equal()) == years.end();
  return years.size() > 1 && (rise || fall) && beginning.others > 0;
}

}  // namespace

bool HasOneOf(const std::vector<std::string>& cells, const std::vector<std::string>& names) {
  std::set<std::string> likely;
  for (const std::string& name : names) likely.insert(LowerName(name));
  return std::ranges::any_of(
      cells, [&](const std::string& cell) { return likely.contains(LowerName(TrimBlanks(cell))); });
}

CsvHeader TellHeader(const CsvBeginning& beginning, std::optional<bool> has_header,
                     const std::vector<std::string>& likely_names) {
  if (beginning.first.empty()) return CsvHeader::kNone;
  if (has_header) return *has_header ? CsvHeader::kFirstLine : CsvHeader::kNone;
  if (HasOneOf(beginning.first, likely_names)) return CsvHeader::kFirstLine;
  if (MayBeYears(beginning)) return CsvHeader::kUnknown;
  bool is_typed = false;
  bool has_value = false;
  std::size_t repeated = 0;
  for (std::size_t i = 0; i < beginning.first.size(); ++i) {
    const std::string& cell = beginning.first[i];
    repeated += beginning.texts[i].contains(cell) ? 1 : 0;
    if (cell.empty()) continue;
    if (beginning.types[i].IsText()) {
      has_value |= Fits(TextType(), cell);
      continue;
    }
    if (Fits(beginning.types[i], cell)) return CsvHeader::kNone;
    is_typed = true;
  }
  const bool are_names = AreNames(beginning.first);
  // Names may be values too: a column `metal` of metal and nonmetal, beside numbers.
  if (is_typed) return repeated == 0 || are_names ? CsvHeader::kFirstLine : CsvHeader::kNone;
  if (are_names && repeated == 0) return CsvHeader::kFirstLine;
  const std::size_t count = beginning.first.size();
  if (has_value || (count > 1 && repeated == count && !beginning.comes_again))
    return CsvHeader::kNone;
  return CsvHeader::kUnknown;
}

Error UnknownHeader(const CsvBeginning& beginning) {
  std::string why = "all columns are text, and not all cells of the first line are names";
  for (std::size_t i = 0; i < beginning.first.size(); ++i) {
    if (!beginning.texts[i].contains(beginning.first[i])) continue;
    why = fmt::format("all columns are text, and its cell `{}` is a value of that column as well",
                      codec::ShortName(beginning.first[i]));
    break;
  }
  if (MayBeYears(beginning)) why = "years stand there that are names or numbers";
  return {Code::kInvalid,
          fmt::format("whether the first line is a header cannot be told: {}; say it in the "
                      "route's SQL, as read_csv('{{s3_input_path}}', header = true), or header = "
                      "false",
                      why)};
}

}  // namespace eider::records
