// The subcommands of `eider routes`: their options, and help that teaches by examples.
#pragma once

#include <CLI/CLI.hpp>

#include "eider/app/add_command.h"
#include "eider/app/commands.h"

namespace eider::app {

// Holds what the options are parsed into: it lives as long as the command line.
class RoutesCommandLine {
 public:
  static const char* Examples();

  void AddTo(const AddCommand& add);

  // Whether a file is to be read.
  bool HasSample() const { return !check_.sample.empty(); }

 private:
  void AddCheck(const AddCommand& add);
  void AddPut(const AddCommand& add);
  void AddTableOptions(CLI::App& put);
  void AddSqlOptions(CLI::App& put);
  void AddApply(const AddCommand& add);

  RoutePutOptions route_;
  RoutesCheckOptions check_;
  RoutesApplyOptions apply_;
};

}  // namespace eider::app
