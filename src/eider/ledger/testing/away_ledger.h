// A ledger that can be out of reach, for tests of those who wait for it.
#pragma once

#include <atomic>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/result.h"
#include "eider/ledger/ledger.h"

namespace eider::ledger {

// May be out of reach, for what a worker asks.
class AwayLedger final : public Ledger {
 public:
  explicit AwayLedger(Ledger& inner) : inner_(inner) {}

  Result<std::vector<ClaimOutcome>> TryClaim(std::span<const FileRef> files,
                                             const ClaimOptions& options) override {
    ++asked;
    if (is_away) return Fail(Code::kUnavailable, "no route to the ledger");
    return inner_.TryClaim(files, options);
  }

  Status Announce(std::span<const FileRef> files) override {
    if (is_away) return Fail(Code::kUnavailable, "no route to the ledger");
    return inner_.Announce(files);
  }

  Result<std::vector<LoadRecord>> FindWaiting(int limit) override {
    if (is_away) return Fail(Code::kUnavailable, "no route to the ledger");
    return inner_.FindWaiting(limit);
  }

  Result<std::vector<std::string>> Renew(std::span<const Claim> claims,
                                         Milliseconds lease) override {
    return inner_.Renew(claims, lease);
  }

  Status RecordParts(const Claim& claim, std::span<const PartRecord> parts) override {
    return inner_.RecordParts(claim, parts);
  }

  Status Finish(std::span<const Finished> files) override { return inner_.Finish(files); }

  Status Release(const Claim& claim, const LoadResult& result, const Error& error) override {
    return inner_.Release(claim, result, error);
  }

  Status SetAside(std::span<const Aside> files) override { return inner_.SetAside(files); }

  Status Forget(std::span<const FileRef> files, std::string_view reason) override {
    return inner_.Forget(files, reason);
  }

  Result<std::vector<LoadRecord>> FindErrands(const HistoryPlace& after, int limit) override {
    return inner_.FindErrands(after, limit);
  }

  Status RecordErrands(std::span<const ErrandsRun> runs) override {
    return inner_.RecordErrands(runs);
  }

  Result<std::vector<LoadRecord>> Query(const HistoryFilter& filter) override {
    return inner_.Query(filter);
  }

  Result<std::vector<LoadRecord>> ListByUri(const std::string& uri_prefix,
                                            const HistoryPlace& after, int limit) override {
    return inner_.ListByUri(uri_prefix, after, limit);
  }

  Result<std::vector<HistoryCount>> Count(const HistoryFilter& filter) override {
    if (is_away) return Fail(Code::kUnavailable, "no route to the ledger");
    return inner_.Count(filter);
  }

  std::atomic<bool> is_away = false;
  std::atomic<int> asked = 0;

 private:
  Ledger& inner_;
};

}  // namespace eider::ledger
