// A form of dates and times, as strptime has them: '%d/%m/%Y', '%d.%m.%Y %H:%M'.
//
// Nothing is passed over: every letter of a text is told by the format. Names of months and days
// are English. A field of digits has all of them; one digit is enough for day, month, hour, minute
// and second where no digit can follow.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "eider/base/result.h"

namespace eider::records {

class TimeFormat {
 public:
  // Errors: kInvalid, with what is wrong with it: a directive that is none, one field twice, no
  // whole date, half a time.
  static Result<TimeFormat> Parse(std::string_view text);

  const std::string& text() const { return text_; }

  // Whether it says an offset from UTC.
  bool has_zone() const { return Has('z'); }

  // The ISO 8601 letters of a text of this form, "2024-02-29" or, where the format has a time,
  // "2024-02-29 10:00:00.123456+01:00"; false: the text has another form, or names no day of the
  // calendar, or another day of the week, or more than microseconds.
  bool Read(std::string_view text, std::string& letters) const;

 private:
  struct Item {
    char directive = '\0';  // '\0': a letter that stands for itself
    char letter = '\0';
    bool is_fixed = false;  // digits may follow, so that it must have all of its own
  };

  struct Fields;

  bool Has(char directive) const;
  Status Check() const;
  static bool Take(const Item& item, std::string_view& text, Fields& fields);

  std::string text_;
  std::vector<Item> items_;
};

}  // namespace eider::records
