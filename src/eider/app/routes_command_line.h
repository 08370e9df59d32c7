// The subcommands of `eider routes`: their options, and help that teaches by examples.
#pragma once

#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "eider/app/commands.h"
#include "eider/base/result.h"

namespace eider::app {

// Holds what the options are parsed into: it lives as long as the command line.
class RoutesCommandLine {
 public:
  using Command = std::function<Result<int>(Session&)>;

  // Makes a subcommand of the group that runs `command`.
  using AddCommand =
      std::function<CLI::App*(const std::string& name, const std::string& description,
                              const char* examples, Command command)>;

  static const char* Examples();

  void AddTo(const AddCommand& add);

  // Whether a file is to be read.
  bool HasSample() const { return !check_.sample.empty(); }

 private:
  void AddCheck(const AddCommand& add);
  void AddPut(const AddCommand& add);
  void AddTableOptions(CLI::App& put);
  void AddApply(const AddCommand& add);

  RoutePutOptions route_;
  RoutesCheckOptions check_;
  RoutesApplyOptions apply_;
};

}  // namespace eider::app
