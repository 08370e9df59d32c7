// The subcommands of `eider table`: their options, and help that teaches by examples.
#pragma once

#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "eider/app/add_command.h"
#include "eider/app/commands.h"

namespace eider::app {

// Holds what the options are parsed into: it lives as long as the command line.
class TableCommandLine {
 public:
  // Makes a subcommand of the group that runs `command`.
  using AddNamed = std::function<CLI::App*(const std::string& name, const std::string& description,
                                           Command command)>;

  static const char* Examples();

  void AddTo(const AddNamed& add);

  // Whether a file is to be read.
  bool HasSample() const { return !create_.from.empty(); }

 private:
  void AddLooks(const AddNamed& add);
  void AddChanges(const AddNamed& add);
  void AddCreate(const AddNamed& add);

  std::string table_;
  int rows_ = 10;
  TableFilesOptions files_;
  TableCreateOptions create_;
  TableDropOptions drop_;
  TableUpgradeOptions upgrade_;
};

}  // namespace eider::app
