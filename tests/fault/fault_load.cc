// Loads every file of a fault lake and dies at the point it is told: `eider_fault_load FOLDER
// POINT`. Prints one line per outcome: LOADED, SKIPPED or FAILED, and the key.

#include <cstdio>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fault_lake.h"
#include "kill_point.h"

namespace eider::fault {
namespace {

class DyingLedger final : public ledger::Ledger {
 public:
  DyingLedger(std::unique_ptr<ledger::Ledger> inner, const Killer& killer)
      : inner_(std::move(inner)), killer_(killer) {}

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

  Status Finish(std::span<const Finished> files) override {
    auto finished = inner_->Finish(files);
    killer_.Passing("after_finish");
    return finished;
  }

  Status Release(const ledger::Claim& claim, const ledger::LoadResult& result,
                 const Error& error) override {
    return inner_->Release(claim, result, error);
  }

  Result<std::vector<ledger::LoadRecord>> Query(const ledger::HistoryFilter& filter) override {
    return inner_->Query(filter);
  }

 private:
  std::unique_ptr<ledger::Ledger> inner_;
  const Killer& killer_;
};

class DyingPointer final : public catalog::TablePointer {
 public:
  DyingPointer(std::unique_ptr<catalog::TablePointer> inner, const Killer& killer)
      : inner_(std::move(inner)), killer_(killer) {}

  Result<std::string> Read(const iceberg::TableName& table) override { return inner_->Read(table); }

  Status Create(const iceberg::TableName& table, const std::string& location,
                const iceberg::TableMetadata& metadata) override {
    return inner_->Create(table, location, metadata);
  }

  Status Swap(const iceberg::TableName& table, const std::string& expected,
              const std::string& next) override {
    killer_.Passing("before_swap");
    auto swapped = inner_->Swap(table, expected, next);
    killer_.Passing("after_swap");
    return swapped;
  }

  Result<std::vector<iceberg::TableName>> List() override { return inner_->List(); }

 private:
  std::unique_ptr<catalog::TablePointer> inner_;
  const Killer& killer_;
};

class DyingEngine final : public engine::SqlEngine {
 public:
  DyingEngine(std::unique_ptr<engine::SqlEngine> inner, const Killer& killer)
      : inner_(std::move(inner)), killer_(killer) {}

  Status Check(const std::string& sql) override { return inner_->Check(sql); }

  Result<iceberg::Schema> Describe(const engine::Query& query) override {
    return inner_->Describe(query);
  }

  Result<std::vector<iceberg::DataFile>> Run(const engine::Query& query,
                                             const engine::WriteTarget& target,
                                             std::stop_token stop) override {
    auto files = inner_->Run(query, target, std::move(stop));
    killer_.Passing("after_query");
    return files;
  }

  Result<engine::Preview> Head(const std::vector<iceberg::DataFile>& files,
                               const iceberg::Schema& schema, int rows_max) override {
    return inner_->Head(files, schema, rows_max);
  }

 private:
  std::unique_ptr<engine::SqlEngine> inner_;
  const Killer& killer_;
};

std::string_view FateName(pipeline::Fate fate) {
  if (fate == pipeline::Fate::kLoaded) return "LOADED";
  return fate == pipeline::Fate::kSkipped ? "SKIPPED" : "FAILED";
}

void LoadAll(const std::string& folder, std::string_view point) {
  const Killer killer(point);
  FaultLake lake(folder);
  DyingLedger ledger(lake.OpenLedger(), killer);
  DyingEngine engine(lake.OpenEngine(), killer);
  const auto catalog = lake.CatalogOver(std::make_unique<DyingPointer>(lake.OpenPointer(), killer));
  const pipeline::Rooms rooms{lake.router, ledger,     *catalog,    engine,
                              lake.store,  lake.clock, lake.random, *lake.log};
  pipeline::LoadFiles(
      rooms, lake.AllFiles(), {},
      [](const pipeline::Outcome& outcome) {
        std::printf("%s %s%s%s\n", FateName(outcome.fate).data(), outcome.file.uri.key.c_str(),
                    outcome.error ? ": " : "", outcome.error ? outcome.error->message.c_str() : "");
        std::fflush(stdout);
      },
      std::stop_token());
}

}  // namespace
}  // namespace eider::fault

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: eider_fault_load FOLDER POINT\n");
    return 2;
  }
  eider::fault::LoadAll(argv[1], argv[2]);
  return 0;
}
