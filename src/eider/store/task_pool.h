// A few threads for requests that go side by side.
//
// A task may not wait for another one: whoever waits does so outside, so that the pool never stands
// still. Threads start when they are first needed.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace eider::store {

// Safe for concurrent calls from several threads.
class TaskPool {
 public:
  using Task = std::move_only_function<void()>;

  explicit TaskPool(int threads_max) : threads_max_(static_cast<std::size_t>(threads_max)) {}

  // Runs what is waiting, and returns when all of it is done.
  ~TaskPool();
  TaskPool(const TaskPool&) = delete;
  TaskPool& operator=(const TaskPool&) = delete;

  // Tasks start in the order given. They throw nothing.
  void Submit(Task task);

 private:
  void Work();

  const std::size_t threads_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  std::size_t idle_ = 0;
  bool is_closing_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace eider::store
