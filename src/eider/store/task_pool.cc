// Threads that take tasks from one queue.
#include "eider/store/task_pool.h"

#include <mutex>
#include <utility>

namespace eider::store {

TaskPool::~TaskPool() {
  {
    const std::lock_guard lock(mutex_);
    is_closing_ = true;
  }
  changed_.notify_all();
  threads_.clear();  // joins
}

void TaskPool::Submit(Task task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    if (idle_ < tasks_.size() && threads_.size() < threads_max_) {
      threads_.emplace_back([this] { Work(); });
    }
  }
  changed_.notify_one();
}

void TaskPool::Work() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    changed_.wait(lock, [this] { return is_closing_ || !tasks_.empty(); });
    --idle_;
    if (tasks_.empty()) return;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    task = nullptr;  // what it holds goes before it is idle
    lock.lock();
  }
}

}  // namespace eider::store
