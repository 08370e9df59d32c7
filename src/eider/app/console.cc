// What the terminal can do, and text that is safe on it.
#include "eider/app/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstddef>
#include <functional>
#include <iostream>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/escaped_text.h"
#include "eider/codec/shortened_text.h"

namespace eider::app {
namespace {

int ColumnsOfTerminal() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

}  // namespace

Console Console::OfProcess(
    const std::function<std::optional<std::string>(std::string_view)>& environment) {
  Console console{std::cin, std::cout, std::cerr};
  console.in_is_terminal = ::isatty(STDIN_FILENO) != 0;
  console.out_is_terminal = ::isatty(STDOUT_FILENO) != 0;
  console.err_is_terminal = ::isatty(STDERR_FILENO) != 0;
  const bool wants_colors =
      environment("NO_COLOR").value_or("").empty() && environment("TERM").value_or("") != "dumb";
  console.colors_out = console.out_is_terminal && wants_colors;
  console.colors_err = console.err_is_terminal && wants_colors;
  if (console.out_is_terminal) console.columns = ColumnsOfTerminal();
  return console;
}

std::string Paint(std::string_view text, Color color, bool is_colored) {
  if (!is_colored) return std::string(text);
  int code = 0;
  switch (color) {
    case Color::kRed:
      code = 31;
      break;
    case Color::kGreen:
      code = 32;
      break;
    case Color::kYellow:
      code = 33;
      break;
    case Color::kFaint:
      code = 2;
      break;
  }
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

Result<bool> Confirm(Console& console, bool is_json, const std::string& question) {
  if (!console.in_is_terminal || is_json) {
    return Fail(Code::kInvalid, fmt::format("nothing done: there is nobody to ask \"{}\"; give "
                                            "--yes",
                                            question));
  }
  console.err << Printable(question) << " [y/N] " << std::flush;
  std::string answer;
  std::getline(console.in, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

std::string Printable(std::string_view text) {
  return codec::EscapeText(text);
}

std::string PrintableLines(std::string_view text) {
  return codec::EscapeLines(text);
}

std::string PrintableMessage(std::string_view message) {
  const std::string text = PrintableLines(codec::ShortMessage(message));
  bool is_indented = true;
  for (std::size_t end = text.find('\n'); end < text.size(); end = text.find('\n', end + 1)) {
    is_indented = is_indented && text.substr(end + 1, 1) == " ";
  }
  if (is_indented) return text;
  std::string indented;
  for (const char c : text) {
    indented += c;
    if (c == '\n') indented += "    ";
  }
  return indented;
}

}  // namespace eider::app
