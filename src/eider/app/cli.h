// The command line: what is asked for, with which options, and the exit code.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eider/app/console.h"

namespace eider::app {

// What the operating system gives to a process.
struct Process {
  std::vector<std::string> arguments;                                       // without the program
  std::function<std::optional<std::string>(std::string_view)> environment;  // a variable's value
  std::vector<std::string> environment_names;
  std::string working_directory;
  bool is_supervised = false;  // loading runs in a child, see supervisor.h
};

// Runs one command. Never throws. The exit code: 0 all loaded or skipped, 1 some failed, 2 usage or
// configuration.
int RunProgram(const Process& process, Console& console);

}  // namespace eider::app
