// The subcommands of a load in two halves: their options and help.
#pragma once

#include <CLI/CLI.hpp>

#include "eider/app/add_command.h"
#include "eider/app/prepared_commands.h"

namespace eider::app {

// Holds what the options are parsed into: it lives as long as the command line.
class PreparedCommandLine {
 public:
  void AddTo(const AddCommand& add);

  // Whether files are to be read.
  bool Loads() const { return prepare_command_->parsed(); }

 private:
  PrepareOptions prepare_;
  CommitOptions commit_;
  const CLI::App* prepare_command_ = nullptr;
};

}  // namespace eider::app
