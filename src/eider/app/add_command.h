// How groups of subcommands come to the program's command line.
#pragma once

#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "eider/app/commands.h"
#include "eider/base/result.h"

namespace eider::app {

using Command = std::function<Result<int>(Session&)>;

// Makes a subcommand that runs `command`.
using AddCommand = std::function<CLI::App*(const std::string& name, const std::string& description,
                                           const char* examples, Command command)>;

}  // namespace eider::app
