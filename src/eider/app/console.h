// Where a command reads and writes: standard streams, and what is known of the terminal.
//
// Results go to `out`, everything else to `err`. Text from outside (object keys, error messages)
// passes through Printable, so that no key can move the cursor or forge a line.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "eider/base/result.h"

namespace eider::app {

enum class Color : std::uint8_t { kRed, kGreen, kYellow, kFaint };

// Borrows its streams.
struct Console {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool in_is_terminal = false;  // somebody can be asked
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  bool colors_out = false;  // on a terminal, unless NO_COLOR is set
  bool colors_err = false;
  int columns = 0;  // of the terminal; 0: no limit

  // The process's own streams. `environment`: a variable's value.
  static Console OfProcess(
      const std::function<std::optional<std::string>(std::string_view)>& environment);
};

// Asks whether to do it, such as "Drop table a.b?", and reads the answer; no is what stands for no
// answer. Errors: kInvalid where nobody can be asked.
Result<bool> Confirm(Console& console, bool is_json, const std::string& question);

// The text in that color when `is_colored`.
std::string Paint(std::string_view text, Color color, bool is_colored);

// "1 row", "2 rows".
template <std::integral Count>
std::string Counted(Count count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

// One line that can be read back: codec::EscapeText.
std::string Printable(std::string_view text);

// The same, but lines stay lines.
std::string PrintableLines(std::string_view text);

// An error's message, shortened. Its further lines begin with a blank, so that none, whatever key
// it comes from, passes for a line of the program's own.
std::string PrintableMessage(std::string_view message);

}  // namespace eider::app
