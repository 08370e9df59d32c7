// The subcommands of a load in two halves: their options and help.
#pragma once

#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "eider/app/commands.h"
#include "eider/app/prepared_commands.h"
#include "eider/base/result.h"

namespace eider::app {

// Holds what the options are parsed into: it lives as long as the command line.
class PreparedCommandLine {
 public:
  using Command = std::function<Result<int>(Session&)>;

  // Makes a subcommand that runs `command`.
  using AddCommand =
      std::function<CLI::App*(const std::string& name, const std::string& description,
                              const char* examples, Command command)>;

  void AddTo(const AddCommand& add);

  // Whether files are to be read.
  bool Loads() const { return prepare_command_->parsed(); }

 private:
  PrepareOptions prepare_;
  CommitOptions commit_;
  const CLI::App* prepare_command_ = nullptr;
};

}  // namespace eider::app
