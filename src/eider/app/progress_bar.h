// A bar on a terminal that stays below the lines that are printed meanwhile.
#pragma once

#include <cstddef>
#include <functional>

#include "eider/app/console.h"

namespace eider::app {

// Draws on `console.err`, and only when that is a terminal and there is more than one step. Used by
// one thread at a time.
class ProgressBar {
 public:
  ProgressBar(Console& console, std::size_t steps, bool is_wanted);
  ~ProgressBar();

  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  // One step is done; `print` writes its lines while the bar is out of the way.
  void Step(const std::function<void()>& print);

  // Wipes the bar for good.
  void Finish();

 private:
  void Draw();
  void Clear();

  Console& console_;
  std::size_t steps_;
  std::size_t done_ = 0;
  bool is_shown_;
};

}  // namespace eider::app
