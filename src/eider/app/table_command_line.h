// The subcommands of `eider table`: their options, and help that teaches by examples.
#pragma once

#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "eider/app/commands.h"
#include "eider/base/result.h"

namespace eider::app {

// Holds what the options are parsed into: it lives as long as the command line.
class TableCommandLine {
 public:
  using Command = std::function<Result<int>(Session&)>;

  // Makes a subcommand of the group that runs `command`.
  using AddCommand = std::function<CLI::App*(const std::string& name,
                                             const std::string& description, Command command)>;

  static const char* Examples();

  void AddTo(const AddCommand& add);

  // Whether a file is to be read.
  bool HasSample() const { return !create_.from.empty(); }

 private:
  void AddLooks(const AddCommand& add);
  void AddChanges(const AddCommand& add);
  void AddCreate(const AddCommand& add);

  std::string table_;
  int rows_ = 10;
  TableFilesOptions files_;
  TableCreateOptions create_;
  TableDropOptions drop_;
  TableUpgradeOptions upgrade_;
};

}  // namespace eider::app
