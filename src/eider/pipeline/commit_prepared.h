// The second half of a load that was cut in two: what prepared records hold comes into its tables.
//
// Files are claimed again, and the commit token lets each in once, whatever records there are of
// it and whoever else commits or loads it. No data file is ever removed here: another process may
// have the same record in hand, and a table may refer to it already.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "eider/base/result.h"
#include "eider/pipeline/file_tally.h"
#include "eider/pipeline/lease_keeper.h"
#include "eider/pipeline/load_append.h"
#include "eider/pipeline/loader.h"
#include "eider/pipeline/outcome.h"
#include "eider/pipeline/prepared_record.h"
#include "eider/pipeline/services.h"
#include "eider/pipeline/settler.h"

namespace eider::pipeline {

// Used by one thread. Borrows the services.
class PreparedCommit {
 public:
  // Of the options those count that say how to commit: retry, lease, program, observe.
  PreparedCommit(const Services& services, const LoadOptions& options, std::stop_token stop);

  // One snapshot for each table. Of several records of a file the newest counts. `on_outcome` is
  // called once for each file, and every one of them has ended when this returns. Fates: as
  // Loader's, and kFailed where a record may not be committed any more: its table was made again or
  // has another schema by now, its data files are gone, or its files have been loaded otherwise.
  void Commit(std::vector<PreparedRecord> records, const OnOutcome& on_outcome);

 private:
  // shared: as RowsShare::file.
  using Tally = std::shared_ptr<FileTally>;

  class Tables;

  struct Pending {
    PreparedRecord record;
    std::optional<Error> refused = {};  // none of its rows may come in
  };

  static std::vector<Pending> NewestOf(std::vector<PreparedRecord> records);
  void Claim(std::vector<Pending>& pending, const OnOutcome& on_outcome);
  Status Check(PreparedRecord& record, Tables& tables);
  Status TakePartsBefore(FileTally& file);
  static Status LookFor(const RowsShare& share, const iceberg::TableName& name, Tables& tables);
  Status CheckDataFiles(const WaitingRows& rows);

  void CommitAll(const std::vector<WaitingRows*>& rows);

  const Services& services_;
  const LoadOptions options_;
  const std::stop_token stop_;
  LeaseKeeper leases_;
  Settler settler_;
};

}  // namespace eider::pipeline
