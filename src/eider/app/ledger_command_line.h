// The subcommands that look at the ledger and mend what it tells: their options and help.
#pragma once

#include <CLI/CLI.hpp>

#include "eider/app/add_command.h"
#include "eider/app/ledger_commands.h"

namespace eider::app {

// Holds what the options are parsed into: it lives as long as the command line.
class LedgerCommandLine {
 public:
  void AddTo(const AddCommand& add);

  // Whether files are to be read.
  bool Loads() const {
    return (redrive_command_->parsed() && !redrive_.dry_run) || reconcile_command_->parsed() ||
           backfill_command_->parsed();
  }

 private:
  void AddReconcile(const AddCommand& add);
  void AddBackfill(const AddCommand& add);
  void AddPrefixes(CLI::App& command);

  HistoryOptions history_;
  RedriveOptions redrive_;
  ForgetOptions forget_;
  ReconcileOptions reconcile_;
  const CLI::App* redrive_command_ = nullptr;
  const CLI::App* reconcile_command_ = nullptr;
  const CLI::App* backfill_command_ = nullptr;
};

}  // namespace eider::app
