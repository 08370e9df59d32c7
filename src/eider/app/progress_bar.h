// A bar on a terminal that stays below the lines that are printed meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "eider/app/console.h"
#include "eider/base/clock.h"

namespace eider::app {

// Draws on `console.err`, and only when that is a terminal and there is more than one file. Used by
// one thread at a time.
class ProgressBar {
 public:
  // Borrows console and clock.
  ProgressBar(Console& console, Clock& clock, std::size_t files, bool is_wanted);
  ~ProgressBar();

  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  // Whether lines of files that go well would only scroll it away.
  bool is_shown() const { return is_shown_; }

  // One file is done and gave so many rows. `print` writes its lines, if it has any, while the bar
  // is out of the way.
  void Step(std::int64_t rows, const std::function<void()>& print);

  // Wipes the bar for good.
  void Finish();

 private:
  void Draw();
  void Clear();

  std::string Text() const;

  Console& console_;
  Clock& clock_;
  std::size_t files_;
  TimePoint started_;
  std::size_t done_ = 0;
  std::int64_t rows_ = 0;
  bool is_shown_;
};

}  // namespace eider::app
