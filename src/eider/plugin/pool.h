// Processes of plug-ins, kept for the next file.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>

#include "eider/base/result.h"
#include "eider/config/plugin_program.h"
#include "eider/plugin/process.h"

namespace eider::plugin {

// Safe for concurrent calls from several threads.
class Pool {
 public:
  Pool() = default;
  ~Pool();

  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // A process of the program that nobody else has: one that was given back, or a new one. It must
  // not outlive the pool. Errors: those of Process::Start.
  Result<std::unique_ptr<Process>> Borrow(const config::PluginProgram& program);

  // One that has come to the end of its file, and of what it had to say, may have the next.
  void GiveBack(std::unique_ptr<Process> process);

 private:
  Result<std::unique_ptr<Process>> Start(const config::PluginProgram& program);

  std::mutex mutex_;  // guards what follows
  std::condition_variable_any changed_;
  std::vector<std::unique_ptr<Process>> idle_;
  std::queue<std::function<void()>> starts_;
  // Starts them all: a process ends with the thread that started it.
  std::jthread starter_;
};

}  // namespace eider::plugin
