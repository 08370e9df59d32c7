// Loads every file of a fault lake and dies at the point it is told: `eider_fault_load FOLDER POINT
// [bucket|parquet|column|together|rejects|rejects-together|hold|apply [prepare|commit]]`. With
// `prepare` records of the files are kept in the folder, which `commit` brings in. With `hold`
// files are held that the table would have to change for; with `apply` it is changed, and only
// these are loaded. With `parquet` the files are Parquet, which are read in groups. With `column`
// it routes by the column and commits table by table, with `together` to all tables at once. Prints
// one line per outcome: LOADED, SKIPPED or FAILED, and the key.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/catalog/testing/forwarding_table_pointer.h"
#include "eider/commit/commit_loop.h"
#include "eider/commit/table_work.h"
#include "eider/pipeline/commit_prepared.h"
#include "eider/pipeline/held_files.h"
#include "eider/pipeline/load_files.h"
#include "eider/pipeline/loader.h"
#include "eider/pipeline/outcome.h"
#include "eider/pipeline/prepared_record.h"
#include "eider/pipeline/schema_work.h"
#include "eider/pipeline/services.h"
#include "fault_lake.h"
#include "kill_point.h"

namespace eider::fault {
namespace {

class DyingLedger final : public ledger::Ledger {
 public:
  DyingLedger(std::unique_ptr<ledger::Ledger> inner, const Killer& killer)
      : inner_(std::move(inner)), killer_(killer) {}

  Status Announce(std::span<const FileRef> files) override { return inner_->Announce(files); }

  Result<std::vector<ledger::LoadRecord>> FindWaiting(int limit) override {
    return inner_->FindWaiting(limit);
  }

  Result<std::vector<ledger::LoadRecord>> FindErrands(const ledger::HistoryPlace& after,
                                                      int limit) override {
    return inner_->FindErrands(after, limit);
  }

  Status RecordErrands(std::span<const ErrandsRun> runs) override {
    return inner_->RecordErrands(runs);
  }

  Result<std::vector<ledger::ClaimOutcome>> TryClaim(std::span<const FileRef> files,
                                                     const ledger::ClaimOptions& options) override {
    auto claims = inner_->TryClaim(files, options);
    killer_.Passing("after_claim");
    return claims;
  }

  Result<std::vector<std::string>> Renew(std::span<const ledger::Claim> claims,
                                         Milliseconds lease) override {
    return inner_->Renew(claims, lease);
  }

  // "after_plan": the parts of a file are planned; "after_part": one of them is committed.
  Status RecordParts(const ledger::Claim& claim,
                     std::span<const ledger::PartRecord> parts) override {
    auto recorded = inner_->RecordParts(claim, parts);
    bool is_plan = false;
    {
      const std::scoped_lock lock(mutex_);
      is_plan = planned_.insert(claim.claim_id).second;
    }
    killer_.Passing(is_plan ? "after_plan" : "after_part");
    return recorded;
  }

  Status Finish(std::span<const Finished> files) override {
    auto finished = inner_->Finish(files);
    killer_.Passing("after_finish");
    return finished;
  }

  Status Release(const ledger::Claim& claim, const ledger::LoadResult& result,
                 const Error& error) override {
    return inner_->Release(claim, result, error);
  }

  Status SetAside(std::span<const Aside> files) override { return inner_->SetAside(files); }

  Status Forget(std::span<const FileRef> files, std::string_view reason) override {
    return inner_->Forget(files, reason);
  }

  Result<std::vector<ledger::LoadRecord>> ListByUri(const std::string& uri_prefix,
                                                    const ledger::HistoryPlace& after,
                                                    int limit) override {
    return inner_->ListByUri(uri_prefix, after, limit);
  }

  Result<std::vector<ledger::HistoryCount>> Count(const ledger::HistoryFilter& filter) override {
    return inner_->Count(filter);
  }

  Result<std::vector<ledger::LoadRecord>> Query(const ledger::HistoryFilter& filter) override {
    return inner_->Query(filter);
  }

 private:
  std::unique_ptr<ledger::Ledger> inner_;
  const Killer& killer_;
  std::mutex mutex_;
  std::set<std::string> planned_;  // ids of the claims whose parts were recorded once
};

class DyingPointer final : public catalog::ForwardingTablePointer {
 public:
  DyingPointer(std::unique_ptr<catalog::TablePointer> inner, const Killer& killer,
               bool swaps_together)
      : ForwardingTablePointer(std::move(inner)),
        killer_(killer),
        swaps_together_(swaps_together) {}

  Status Swap(const catalog::PointerMove& move) override { return SwapAll({&move, 1}); }

  bool swaps_together() const override { return swaps_together_; }

  Status SwapAll(std::span<const catalog::PointerMove> moves) override {
    killer_.Passing("before_swap");
    auto swapped = moves.size() == 1 ? inner().Swap(moves.front()) : inner().SwapAll(moves);
    killer_.Passing("after_swap");
    return swapped;
  }

 private:
  const Killer& killer_;
  bool swaps_together_;
};

class DyingEngine final : public engine::SqlEngine {
 public:
  DyingEngine(std::unique_ptr<engine::SqlEngine> inner, const Killer& killer)
      : inner_(std::move(inner)), killer_(killer) {}

  Status Check(const std::string& sql) override { return inner_->Check(sql); }

  Result<engine::NewTable> Describe(const engine::Query& query) override {
    return inner_->Describe(query);
  }

  Result<std::optional<engine::NewTable>> DescribeRows(const engine::Query& query,
                                                       std::stop_token stop) override {
    return inner_->DescribeRows(query, std::move(stop));
  }

  Result<engine::Written> Run(const engine::Query& query, const engine::WriteTarget& target,
                              std::stop_token stop) override {
    auto written = inner_->Run(query, target, std::move(stop));
    killer_.Passing("after_query");
    return written;
  }

  Result<engine::Written> RunRejects(const engine::PartQuery& part,
                                     const engine::WriteTarget& rejects,
                                     std::stop_token stop) override {
    auto written = inner_->RunRejects(part, rejects, std::move(stop));
    killer_.Passing("after_rejects");
    return written;
  }

  Result<std::vector<engine::Written>> RunParts(std::span<const engine::PartQuery> parts,
                                                std::stop_token stop) override {
    auto written = inner_->RunParts(parts, std::move(stop));
    killer_.Passing("after_query");
    return written;
  }

  Result<engine::GroupWritten> RunGroup(const engine::Query& query,
                                        std::span<const engine::InputFile> files,
                                        const engine::WriteTarget& target,
                                        std::stop_token stop) override {
    auto written = inner_->RunGroup(query, files, target, std::move(stop));
    killer_.Passing("after_query");
    return written;
  }

  Result<engine::Explanation> Explain(const engine::Query& query, const iceberg::Schema* table,
                                      const std::string& table_name) override {
    return inner_->Explain(query, table, table_name);
  }

  Result<engine::Exported> Export(const engine::Query& query, engine::RowFormat format,
                                  std::optional<std::uint64_t> rows_max,
                                  const engine::TakeBytes& take, std::stop_token stop) override {
    return inner_->Export(query, format, rows_max, take, std::move(stop));
  }

  Result<engine::Preview> FirstRows(const engine::Query& query, int rows_max) override {
    return inner_->FirstRows(query, rows_max);
  }

  Result<engine::Preview> Sample(const engine::Query& query, int rows_max) override {
    return inner_->Sample(query, rows_max);
  }

  Result<std::vector<std::optional<std::string>>> DistinctValues(const engine::InputFile& input,
                                                                 const std::string& column,
                                                                 int values_max,
                                                                 std::stop_token stop) override {
    return inner_->DistinctValues(input, column, values_max, std::move(stop));
  }

  Result<std::map<std::string, std::string>> ParquetMetadata(const engine::InputFile& input,
                                                             std::stop_token stop) override {
    return inner_->ParquetMetadata(input, std::move(stop));
  }

  Result<engine::Preview> Head(const std::vector<iceberg::DataFile>& files,
                               const iceberg::Schema& schema, int rows_max,
                               const std::optional<engine::RowFilter>& only) override {
    return inner_->Head(files, schema, rows_max, only);
  }

 private:
  std::unique_ptr<engine::SqlEngine> inner_;
  const Killer& killer_;
};

// As `eider schema apply` does: changes the table, and says which files waited for it.
std::vector<FileRef> ApplySchema(const pipeline::Services& services) {
  const auto held = pipeline::FindHeldFiles(services.ledger).value()[kOrders.ToString()];
  const auto table = services.catalog.Load(kOrders).value();
  pipeline::SchemaWork work(kOrders, table.metadata->table_uuid, held);
  commit::TableWork* const all[] = {&work};
  const auto committed = commit::CommitWork(
      {services.catalog, services.clock, services.random, services.log}, all, {}, {});
  if (!committed.status) std::printf("FAILED %s\n", committed.status.error().message.c_str());
  std::vector<FileRef> files;
  for (const pipeline::HeldFile& file : held) files.push_back(file.file);
  return files;
}

// "after_record": the record is there, and the ledger does not know it.
pipeline::LoadOptions Preparing(const std::string& folder, const Killer& killer) {
  pipeline::LoadOptions options;
  options.program = "fault";
  options.keep_record = [folder, &killer](const pipeline::PreparedRecord& record) {
    const std::string prepared = folder + "/prepared";
    std::filesystem::create_directories(prepared);
    const auto& claim = record.files.front()->file.claim;
    const std::string path = fmt::format("{}/{}.json", prepared, claim.claim_id);
    // As a store does: whole or not at all, whoever kills the process beside it.
    std::ofstream(path + ".part") << pipeline::PreparedText(record);
    std::filesystem::rename(path + ".part", path);
    killer.Passing("after_record");
    return Result<std::string>(path);
  };
  return options;
}

void CommitAll(const std::string& folder, const pipeline::Services& services,
               const pipeline::OnOutcome& report) {
  std::vector<pipeline::PreparedRecord> records;
  for (const auto& entry : std::filesystem::directory_iterator(folder + "/prepared")) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream in(entry.path());
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    auto record = pipeline::ParsePrepared(text, entry.path());
    if (record) {
      records.push_back(*std::move(record));
    } else {
      std::printf("FAILED %s\n", record.error().message.c_str());
    }
  }
  pipeline::PreparedCommit(services, {}, {}).Commit(std::move(records), report);
}

void LoadAll(const std::string& folder, std::string_view point, std::string_view how,
             std::string_view half) {
  const Killer killer(point);
  FaultLake lake(folder, how.empty() || how == "bucket"      ? Routing::kByBucket
                         : how.starts_with("rejects-column") ? Routing::kRejectingByColumn
                         : how.starts_with("rejects")        ? Routing::kRejecting
                         : how == "parquet"                  ? Routing::kParquet
                         : how == "hold" || how == "apply"   ? Routing::kHolding
                                                             : Routing::kByColumn);
  DyingLedger ledger(lake.OpenLedger(), killer);
  DyingEngine engine(lake.OpenEngine(), killer);
  const auto catalog = lake.CatalogOver(
      std::make_unique<DyingPointer>(lake.OpenPointer(), killer, how.ends_with("together")));
  const pipeline::Services services{lake.router, ledger,     *catalog,    engine,
                                    lake.store,  lake.clock, lake.random, *lake.log};
  const auto report = [](const pipeline::Outcome& outcome) {
    std::printf("%s %s%s%s\n", pipeline::FateName(outcome.fate).data(),
                outcome.file.uri.key.c_str(), outcome.error ? ": " : "",
                outcome.error ? outcome.error->message.c_str() : "");
    std::fflush(stdout);
  };
  if (half == "commit") return CommitAll(folder, services, report);
  pipeline::LoadFiles(services, how == "apply" ? ApplySchema(services) : lake.AllFiles(),
                      half == "prepare" ? Preparing(folder, killer) : pipeline::LoadOptions(),
                      report, std::stop_token());
}

bool IsWay(std::string_view how) {
  return how == "bucket" || how == "parquet" || how == "hold" || how == "apply" ||
         how == "column" || how == "together" || how == "rejects" || how == "rejects-together" ||
         how == "rejects-column" || how == "rejects-column-together";
}

}  // namespace

int Main(int argc, char** argv) {
  const std::string_view how = argc >= 4 ? argv[3] : "";
  const std::string_view half = argc == 5 ? argv[4] : "";
  const bool is_half = half == "prepare" || half == "commit";
  if (argc < 3 || argc > 5 || (argc >= 4 && !IsWay(how)) || (argc == 5 && !is_half)) {
    std::fprintf(stderr,
                 "usage: eider_fault_load FOLDER POINT "
                 "[bucket|parquet|column|together|rejects|rejects-together|rejects-column|"
                 "rejects-column-together|hold|apply [prepare|commit]]\n");
    return 2;
  }
  LoadAll(argv[1], argv[2], how, half);
  return 0;
}

}  // namespace eider::fault

int main(int argc, char** argv) {
  return eider::fault::Main(argc, argv);
}
