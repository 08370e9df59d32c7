#include "eider/app/progress_bar.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <ostream>
#include <string>

#include <fmt/format.h>

#include "eider/app/console.h"

namespace eider::app {

ProgressBar::ProgressBar(Console& console, Clock& clock, std::size_t files, bool is_wanted)
    : console_(console),
      clock_(clock),
      files_(files),
      started_(clock.Now()),
      is_shown_(is_wanted && console.err_is_terminal && files > 1) {
  if (is_shown_) Draw();
}

ProgressBar::~ProgressBar() {
  Finish();
}

void ProgressBar::Finish() {
  if (is_shown_) Clear();
  is_shown_ = false;
}

void ProgressBar::Step(std::int64_t rows, const std::function<void()>& print) {
  done_ = std::min(done_ + 1, files_);
  rows_ += rows;
  if (is_shown_) Clear();
  print();
  if (is_shown_) Draw();
}

// "120/300 files, 24000 rows, 85 files/s, 3 s left"; what does not fit the terminal is left out.
std::string ProgressBar::Text() const {
  std::string text = fmt::format("{}/{} files, {} rows", done_, files_, rows_);
  const double seconds = static_cast<double>((clock_.Now() - started_).count()) / 1000;
  if (done_ == 0 || seconds <= 0) return text;
  const double rate = static_cast<double>(done_) / seconds;
  return text + fmt::format(", {:.{}f} files/s, {:.0f} s left", rate, rate < 10 ? 1 : 0,
                            std::ceil(static_cast<double>(files_ - done_) / rate));
}

void ProgressBar::Draw() {
  const std::size_t columns =
      console_.columns > 1 ? static_cast<std::size_t>(console_.columns) : 80;
  std::string text = Text();
  text.resize(std::min(text.size(), columns - 1));
  constexpr std::size_t kFrame = 3;  // brackets and a blank
  const std::size_t room = columns - 1 - text.size();
  const std::size_t width = room > kFrame ? std::min<std::size_t>(room - kFrame, 40) : 0;
  const std::size_t filled = width * done_ / files_;
  std::string bar;
  if (width > 0)
    bar = fmt::format("[{}{}] ", std::string(filled, '#'), std::string(width - filled, ' '));
  console_.err << '\r' << bar << text << std::flush;
}

void ProgressBar::Clear() {
  console_.err << "\r\x1b[K" << std::flush;
}

}  // namespace eider::app
