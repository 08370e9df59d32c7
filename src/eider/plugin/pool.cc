#include "eider/plugin/pool.h"

#include <algorithm>
#include <future>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include "eider/base/result.h"

namespace eider::plugin {

Pool::~Pool() {
  starter_.request_stop();
}

Result<std::unique_ptr<Process>> Pool::Borrow(const config::PluginProgram& program) {
  while (true) {
    std::unique_ptr<Process> process;
    {
      const std::scoped_lock lock(mutex_);
      const auto found =
          std::ranges::find_if(idle_, [&](const auto& idle) { return idle->program() == program; });
      if (found == idle_.end()) break;
      process = std::move(*found);
      idle_.erase(found);
    }
    if (process->IsQuiet()) return process;  // else it has ended, or spoken when it was not asked
  }
  return Start(program);
}

void Pool::GiveBack(std::unique_ptr<Process> process) {
  const std::scoped_lock lock(mutex_);
  idle_.push_back(std::move(process));
}

Result<std::unique_ptr<Process>> Pool::Start(const config::PluginProgram& program) {
  std::promise<Result<std::unique_ptr<Process>>> started;
  auto result = started.get_future();
  {
    const std::scoped_lock lock(mutex_);
    starts_.emplace([&] { started.set_value(Process::Start(program)); });
    if (!starter_.joinable()) {
      starter_ = std::jthread([this](const std::stop_token& stop) {
        std::unique_lock waiting(mutex_);
        while (changed_.wait(waiting, stop, [this] { return !starts_.empty(); })) {
          const auto start = std::move(starts_.front());
          starts_.pop();
          waiting.unlock();
          start();
          waiting.lock();
        }
      });
    }
  }
  changed_.notify_one();
  return result.get();
}

}  // namespace eider::plugin
