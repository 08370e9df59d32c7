#include "eider/pipeline/file_errands.h"

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/errands/errands.h"
#include "eider/pipeline/may_pass.h"
#include "eider/routes/after_load.h"
#include "eider/routing/rejects_route.h"

namespace eider::pipeline {

std::optional<routes::AfterLoad> ObjectErrandOf(std::span<const routes::Route* const> routes,
                                                const Error* failure) {
  if (failure != nullptr && MayPass(failure->code)) return std::nullopt;
  std::optional<routes::AfterLoad> errand;
  bool is_first = true;
  for (const routes::Route* route : routes) {
    if (route->partition_key == routing::kRejectsKey) continue;  // the rejects of other parts
    const auto& theirs = failure == nullptr ? route->after_load : route->after_failure;
    if (!is_first && theirs != errand) return std::nullopt;
    errand = theirs;
    is_first = false;
  }
  return errand;
}

std::optional<Skipped> SkipMovedHere(const Services& services, const Plan& plan,
                                     const FileRef& file) {
  const std::string uri = file.uri.ToString();
  for (const PlannedPart& part : plan.parts) {
    for (const auto* after : {&part.route.after_load, &part.route.after_failure}) {
      if (!*after || !(*after)->prefix) continue;
      Uri place = routes::PlaceBelow(*(*after)->prefix, {});
      if (services.errands != nullptr) place = services.errands->TruePrefix(place);
      const std::string prefix = place.ToString();
      if (!uri.starts_with(prefix)) continue;
      return Skipped{
          fmt::format("it lies below {}, where its own route '{}' puts files that it is "
                      "done with",
                      prefix, part.route.partition_key)};
    }
  }
  return std::nullopt;
}

ledger::LoadResult WithErrands(const Services& services, const ledger::Claim& claim,
                               ledger::LoadResult result,
                               const std::optional<routes::AfterLoad>& object) {
  if (services.errands != nullptr) {
    result.errands = services.errands->TextFor(claim.claim_id, object);
  }
  return result;
}

ledger::LoadRecord EndedRecord(const Services& services, const ledger::Claim& claim,
                               ledger::State state, ledger::LoadResult result) {
  ledger::LoadRecord record;
  record.file = claim.file;
  record.state = state;
  record.result = std::move(result);
  record.commit_token = claim.commit_token;
  record.finished_at = services.clock.Now();
  return record;
}

void HandOnErrands(const Services& services, std::vector<ledger::LoadRecord> ended) {
  if (services.errands == nullptr) return;
  std::erase_if(ended,
                [](const ledger::LoadRecord& record) { return record.result.errands.empty(); });
  if (!ended.empty()) services.errands->Add(std::move(ended));
}

}  // namespace eider::pipeline
