#include "eider/pipeline/kept_whole.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "eider/base/result.h"
#include "eider/pipeline/route_query.h"
#include "eider/pipeline/target_tables.h"

namespace eider::pipeline {
namespace {

Status Ask(const Services& services, const FileRef& file, const Plan& plan) {
  for (const PlannedPart& part : plan.parts) {
    EIDER_ASSIGN(const engine::Query query, RouteQuery(services, file, plan, part, nullptr));
    EIDER_ASSIGN(const auto table, LoadTable(services, part.table()));
    EIDER_CHECK(services.engine.Explain(query, table ? &table->metadata->CurrentSchema() : nullptr,
                                        part.table().ToString()));
  }
  return {};
}

}  // namespace

std::string WhyKeptWhole(const Services& services, const FileRef& file, Plan plan) {
  constexpr std::uint64_t kAskedBytes = 4U << 20U;
  constexpr std::uint64_t kPiecesMax = 1'000'000;
  const std::uint64_t pieces =
      std::clamp<std::uint64_t>(file.size_bytes / kAskedBytes + 1, 2, kPiecesMax);
  plan.piece = engine::Piece{1, static_cast<int>(pieces)};
  const Status asked = Ask(services, file, plan);
  return asked ? "" : asked.error().message;
}

}  // namespace eider::pipeline
