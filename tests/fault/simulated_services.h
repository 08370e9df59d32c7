// Ledger, table pointers and store as one simulated process reaches them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/catalog/table_pointer.h"
#include "eider/catalog/testing/forwarding_table_pointer.h"
#include "eider/ledger/ledger.h"
#include "eider/store/object_store.h"
#include "simulated_process.h"

namespace eider::fault {

// All of them borrow what they are made of.
class SimulatedLedger final : public ledger::Ledger {
 public:
  SimulatedLedger(ledger::Ledger& inner, SimulatedProcess& process)
      : inner_(inner), process_(process) {}

  Status Announce(std::span<const FileRef> files) override {
    return Do("Announce", files, [&] { return inner_.Announce(files); });
  }

  Result<std::vector<ledger::LoadRecord>> FindWaiting(int limit) override {
    return process_.Do("FindWaiting", "", Code::kUnavailable,
                       [&] { return inner_.FindWaiting(limit); });
  }

  Result<std::vector<ledger::ClaimOutcome>> TryClaim(std::span<const FileRef> files,
                                                     const ledger::ClaimOptions& options) override {
    return Do("TryClaim", files, [&] { return inner_.TryClaim(files, options); });
  }

  Result<std::vector<std::string>> Renew(std::span<const ledger::Claim> claims,
                                         Milliseconds lease) override {
    return process_.Do("Renew", "", Code::kUnavailable,
                       [&] { return inner_.Renew(claims, lease); });
  }

  Status RecordParts(const ledger::Claim& claim,
                     std::span<const ledger::PartRecord> parts) override {
    return Do("RecordParts", {&claim.file, 1}, [&] { return inner_.RecordParts(claim, parts); });
  }

  Status Finish(std::span<const Finished> files) override {
    return Do("Finish", {&files.front().claim.file, 1}, [&] { return inner_.Finish(files); });
  }

  Status Release(const ledger::Claim& claim, const ledger::LoadResult& result,
                 const Error& error) override {
    return Do("Release", {&claim.file, 1}, [&] { return inner_.Release(claim, result, error); });
  }

  Status SetAside(std::span<const Aside> files) override {
    return Do("SetAside", {&files.front().claim.file, 1}, [&] { return inner_.SetAside(files); });
  }

  Status Forget(std::span<const FileRef> files, std::string_view reason) override {
    return Do("Forget", files, [&] { return inner_.Forget(files, reason); });
  }

  Result<std::vector<ledger::LoadRecord>> FindErrands(const ledger::HistoryPlace& after,
                                                      int limit) override {
    return inner_.FindErrands(after, limit);
  }

  Status RecordErrands(std::span<const ErrandsRun> runs) override {
    return inner_.RecordErrands(runs);
  }

  Result<std::vector<ledger::LoadRecord>> Query(const ledger::HistoryFilter& filter) override {
    return process_.Do("Query", "", Code::kUnavailable, [&] { return inner_.Query(filter); });
  }

  Result<std::vector<ledger::LoadRecord>> ListByUri(const std::string& uri_prefix,
                                                    const ledger::HistoryPlace& after,
                                                    int limit) override {
    return inner_.ListByUri(uri_prefix, after, limit);
  }

  Result<std::vector<ledger::HistoryCount>> Count(const ledger::HistoryFilter& filter) override {
    return inner_.Count(filter);
  }

 private:
  template <typename Call>
  std::invoke_result_t<Call> Do(const std::string& name, std::span<const FileRef> files,
                                Call call) {
    const std::string of = files.empty() ? "" : files.front().uri.ToString();
    const Code lost =
        std::hash<std::string>()(name + of) % 2 == 0 ? Code::kUnavailable : Code::kOutcomeUnknown;
    return process_.Do(name, of, lost, std::move(call));
  }

  ledger::Ledger& inner_;
  SimulatedProcess& process_;
};

class SimulatedPointer final : public catalog::ForwardingTablePointer {
 public:
  SimulatedPointer(catalog::TablePointer& inner, SimulatedProcess& process)
      : ForwardingTablePointer(inner), process_(process) {}

  Result<std::string> Read(const iceberg::TableName& table) override {
    return process_.Do("Read", table.ToString(), Code::kUnavailable,
                       [&] { return inner().Read(table); });
  }

  Status Create(const iceberg::TableName& table, const std::string& location,
                const iceberg::TableMetadata& metadata) override {
    return process_.Do("Create", table.ToString(), Code::kOutcomeUnknown,
                       [&] { return inner().Create(table, location, metadata); });
  }

  Status Swap(const catalog::PointerMove& move) override {
    return process_.Do("Swap", move.table.ToString(), Code::kOutcomeUnknown,
                       [&] { return inner().Swap(move); });
  }

 private:
  SimulatedProcess& process_;
};

class SimulatedStore final : public store::ObjectStore {
 public:
  SimulatedStore(store::ObjectStore& inner, SimulatedProcess& process)
      : inner_(inner), process_(process) {}

  Result<store::ObjectInfo> Stat(const Uri& uri) override {
    return process_.Do("Stat", FolderOf(uri), Code::kUnavailable, [&] { return inner_.Stat(uri); });
  }

  Result<std::unique_ptr<store::ObjectReader>> Open(const Uri& uri,
                                                    const store::OpenOptions& options) override {
    return process_.Do("Open", FolderOf(uri), Code::kUnavailable,
                       [&] { return inner_.Open(uri, options); });
  }

  Result<std::map<std::string, std::string>> Tags(const Uri& uri,
                                                  const std::string& version_id) override {
    return inner_.Tags(uri, version_id);
  }

  bool HasEtagsOfS3(const Uri& uri) const override { return inner_.HasEtagsOfS3(uri); }

  Status Put(const Uri& uri, std::string_view bytes, store::PutMode mode) override {
    return process_.Do("Put", FolderOf(uri), Code::kOutcomeUnknown,
                       [&] { return inner_.Put(uri, bytes, mode); });
  }

  Result<std::unique_ptr<store::ObjectUpload>> StartUpload(const Uri& uri) override {
    return process_.Do("StartUpload", FolderOf(uri), Code::kUnavailable,
                       [&] { return inner_.StartUpload(uri); });
  }

  Status List(const Uri& prefix,
              const std::function<bool(const store::ObjectInfo&)>& visit) override {
    return process_.Do("List", FolderOf(prefix), Code::kUnavailable,
                       [&] { return inner_.List(prefix, visit); });
  }

  Status Remove(const Uri& uri) override {
    return process_.Do("Remove", FolderOf(uri), Code::kUnavailable,
                       [&] { return inner_.Remove(uri); });
  }

  Status Sync(std::span<const Uri> objects) override {
    const std::string of = objects.empty() ? "" : FolderOf(objects.front());
    return process_.Do("Sync", of, Code::kUnavailable, [&] { return inner_.Sync(objects); });
  }

 private:
  // Names of the lake's own files are random, by the order of threads.
  static std::string FolderOf(const Uri& uri) {
    return uri.scheme == "s3" ? uri.ToString() : uri.key.substr(0, uri.key.rfind('/'));
  }

  store::ObjectStore& inner_;
  SimulatedProcess& process_;
};

}  // namespace eider::fault
