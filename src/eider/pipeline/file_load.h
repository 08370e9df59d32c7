// One file in work: what is known of it grows from claim to data files.
#pragma once

#include <string>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/iceberg/manifest.h"
#include "eider/iceberg/table_name.h"
#include "eider/ledger/ledger.h"
#include "eider/pipeline/load_files.h"
#include "eider/pipeline/step_times.h"

namespace eider::pipeline {

struct FileLoad {
  ledger::Claim claim;
  TimePoint started{};
  StepTimes steps;
  int commit_retries = 0;
  ledger::LoadResult result;  // filled as the file goes its way
  iceberg::TableName table;
  std::string table_uuid;  // of the table that the data files were written for
  std::vector<iceberg::DataFile> data_files;
  bool rows_are_in = false;  // by an earlier, broken load or another process; result says where
};

// The way of one file from claim to data files: route, table, query. On an error the load says how
// far it came, and no data file is left. Errors: those of the rooms it goes through.
Status PrepareFile(const Rooms& rooms, FileLoad& load, const std::stop_token& stop);

// Removes the data files of a load that surely is in no snapshot.
void RemoveDataFiles(const Rooms& rooms, const FileLoad& load);

}  // namespace eider::pipeline
