// What a text is as a value: the strict forms that readers of CSV and JSON take, and the one type
// that holds all the texts of a column as they stand.
//
// Strict means that nothing is lost: 01234 is no number, 1.5 no integer, 01/02/2024 no date, and a
// number of more digits than a double holds is none. docs/readers.md has the forms.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace eider::records {

// The digits of a number, as they stand in its text.
struct NumberText {
  bool is_negative = false;
  std::string_view whole;     // digits before the point; empty where there are none
  std::string_view fraction;  // behind it
  int exponent = 0;
  bool has_exponent = false;
  bool has_point = false;
  bool has_plus = false;

  bool IsInteger() const { return !has_point && !has_exponent; }
};

// Blanks (spaces, tabs) around a value of another type than text mean nothing.
std::string_view TrimBlanks(std::string_view text);

// False when it is no number: sign, digits with at most one point, exponent.
bool ParseNumber(std::string_view text, NumberText& number);

// nan, inf and infinity, with a sign perhaps, in any case of letters.
bool IsSpecialDouble(std::string_view text);

// true, false, t, f, yes, no, y, n, 1, 0 in any case of letters.
bool IsBoolean(std::string_view text);

// yyyy-mm-dd, a day of the calendar.
bool IsDate(std::string_view text);

// hh:mm[:ss[.ffffff]]; digits behind the sixth must be zeros.
bool IsTime(std::string_view text);

enum class TimestampForm : std::uint8_t { kNone, kDate, kLocal, kZoned };

// A date, perhaps followed by a blank or T, a time, and Z or an offset (+hh, +hh:mm, +hhmm).
TimestampForm TimestampFormOf(std::string_view text);

// Whether the double nearest to it keeps it: its shortest text has the same digits, or it is this
// very whole number.
bool IsExactDouble(const NumberText& number, std::string_view text);

// The type that holds every text that was added.
class TextType {
 public:
  void Add(std::string_view text) {
    has_values_ = true;
    if (possible_ != 0) Narrow(text);
  }

  // Adds all texts that were added to the other.
  void Merge(const TextType& other);

  // False: nothing was added.
  bool HasValues() const { return has_values_; }

  // A type of SQL: BOOLEAN, BIGINT, DOUBLE, DECIMAL(p,s), DATE, TIME, TIMESTAMP, TIMESTAMP WITH
  // TIME ZONE, or VARCHAR, also where nothing was added.
  std::string Sql() const;

  // Whether it is BIGINT, and 32 bits hold each value.
  bool FitsInt() const { return Sql() == "BIGINT" && whole_digits_ <= kIntDigits; }

  bool IsText() const { return !has_values_ || Sql() == "VARCHAR"; }

 private:
  void Narrow(std::string_view text);
  bool AddShortNumber(std::string_view text);
  void AddNumber(std::string_view text);
  std::string NumberSql() const;

  bool HasMixedZones() const { return has_zoned_ && (has_date_ || has_local_); }

  static constexpr int kIntDigits = 9;  // fit 32 bits, whatever they are

  enum Kind : std::uint8_t { kBoolean = 1, kNumber = 2, kTime = 4, kTimestamp = 8 };

  bool has_values_ = false;
  std::uint8_t possible_ = kBoolean | kNumber | kTime | kTimestamp;
  bool all_integers_ = true;
  bool fits_bigint_ = true;
  bool fits_double_ = true;
  bool has_number_ = false;  // a number that is not nan or inf
  bool has_special_ = false;
  bool has_exponent_ = false;
  int whole_digits_ = 1;
  int fraction_digits_ = 0;
  bool has_date_ = false;
  bool has_local_ = false;
  bool has_zoned_ = false;
};

}  // namespace eider::records
