// Drawing and wiping of the bar's one line.
#include "eider/app/progress_bar.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <ostream>
#include <string>

#include <fmt/format.h>

#include "eider/app/console.h"

namespace eider::app {

ProgressBar::ProgressBar(Console& console, std::size_t steps, bool is_wanted)
    : console_(console),
      steps_(steps),
      is_shown_(is_wanted && console.err_is_terminal && steps > 1) {
  if (is_shown_) Draw();
}

ProgressBar::~ProgressBar() {
  Finish();
}

void ProgressBar::Finish() {
  if (is_shown_) Clear();
  is_shown_ = false;
}

void ProgressBar::Step(const std::function<void()>& print) {
  done_ = std::min(done_ + 1, steps_);
  if (is_shown_) Clear();
  print();
  if (is_shown_) Draw();
}

void ProgressBar::Draw() {
  const std::string count = fmt::format(" {}/{} files", done_, steps_);
  const std::size_t columns =
      console_.columns > 0 ? static_cast<std::size_t>(console_.columns) : 80;
  const std::size_t room = columns > count.size() + 3 ? columns - count.size() - 3 : 0;
  const std::size_t width = std::min<std::size_t>(room, 40);
  const std::size_t filled = width * done_ / steps_;
  std::string bar;
  if (width > 0)
    bar = fmt::format("[{}{}]", std::string(filled, '#'), std::string(width - filled, ' '));
  console_.err << '\r' << bar << count << std::flush;
}

void ProgressBar::Clear() {
  console_.err << "\r\x1b[K" << std::flush;
}

}  // namespace eider::app
