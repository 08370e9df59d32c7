// The subcommands that look at files before they are loaded: their options and help.
#pragma once

#include <CLI/CLI.hpp>

#include "eider/app/add_command.h"
#include "eider/app/commands.h"

namespace eider::app {

// Holds what the options are parsed into: it lives as long as the command line.
class LookCommandLine {
 public:
  void AddTo(const AddCommand& add);

  // Whether one of them was called.
  bool parsed() const { return explain_command_->parsed() || query_command_->parsed(); }

  // Whether it looks at a file alone, by the caller's own SQL.
  bool NeedsNoLake() const;

 private:
  ExplainOptions explain_;
  QueryOptions query_;
  const CLI::App* explain_command_ = nullptr;
  const CLI::App* query_command_ = nullptr;
};

}  // namespace eider::app
