// Measured speeds, with room for slower machines and larger rows.
#include "eider/pipeline/overflow.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "eider/base/file_ref.h"

namespace eider::pipeline {
namespace {

constexpr double kMega = 1e6;
constexpr double kMillisPerSecond = 1'000;

// Smaller files say little about speed, and fit wherever there is time for anything.
constexpr std::uint64_t kLargeBytes = 8'000'000;

// A file may take so many times what is expected before the time is over.
constexpr double kTimeMargin = 3;

// Bytes of a file in a second of one processor, and of rows in memory for each of them. Measured by
// the benchmark `load-speed`: what stands here is the slowest of them, rounded down.
struct FormatCost {
  std::string_view ending;
  double bytes_per_second;
  double growth;
  bool is_split;  // several threads read one file
};

constexpr FormatCost kUnknown = {"", 4 * kMega, 20, false};  // it may be anything, compressed
constexpr auto kFormats = std::to_array<FormatCost>({
    {".parquet", 30 * kMega, 8, true},
    {".csv", 30 * kMega, 2, true},
    {".tsv", 30 * kMega, 2, true},
    {".json", 30 * kMega, 2, true},
    {".jsonl", 30 * kMega, 2, true},
    {".ndjson", 30 * kMega, 2, true},
});

FormatCost CostOf(const FileRef& file) {
  const auto found = std::ranges::find_if(
      kFormats, [&](const FormatCost& format) { return file.uri.key.ends_with(format.ending); });
  return found == kFormats.end() ? kUnknown : *found;
}

std::string Megabytes(double bytes) {
  return fmt::format("{:.0f} MB", bytes / kMega);
}

}  // namespace

void LoadSpeeds::Note(const Outcome& outcome) {
  if (outcome.fate != Fate::kLoaded || outcome.file.size_bytes < kLargeBytes) return;
  const double seconds =
      std::max(static_cast<double>(outcome.duration.count()), 1.0) / kMillisPerSecond;
  const double speed = static_cast<double>(outcome.file.size_bytes) / seconds;
  const std::lock_guard lock(mutex_);
  const auto [known, is_first] = slowest_.emplace(outcome.result.route, speed);
  // One slow file is forgotten by and by.
  if (!is_first) known->second = std::min(speed, (known->second + speed) / 2);
}

std::optional<double> LoadSpeeds::Of(const std::string& route) const {
  const std::lock_guard lock(mutex_);
  const auto known = slowest_.find(route);
  return known == slowest_.end() ? std::nullopt : std::optional(known->second);
}

std::optional<std::string> WhyTooMuch(
    const ledger::Claim& claim, const Plan& plan, const LoadRoom& room, const LoadSpeeds& speeds,
    const std::function<bool(const std::string& sql)>& keeps_rows) {
  if (claim.broken_off > 0) return "an earlier try of it was broken off";
  const auto bytes = static_cast<double>(claim.file.size_bytes);
  if (claim.file.size_bytes < kLargeBytes) return std::nullopt;
  const FormatCost cost = CostOf(claim.file);
  double speed = cost.bytes_per_second * (cost.is_split ? room.threads : 1);
  for (const PlannedPart& part : plan.parts) {
    if (const auto known = speeds.Of(part.route.partition_key)) speed = std::min(speed, *known);
  }
  const double seconds = bytes / speed;
  const double left = static_cast<double>(room.time_left.count()) / kMillisPerSecond;
  if (seconds * kTimeMargin > left) {
    return fmt::format("its {} may take {:.0f} s, and there are {:.0f} s left", Megabytes(bytes),
                       seconds * kTimeMargin, std::max(left, 0.0));
  }
  const bool keeps = std::ranges::any_of(
      plan.parts, [&](const PlannedPart& part) { return keeps_rows(part.route.query_sql); });
  if (keeps && bytes * cost.growth > static_cast<double>(room.spill_bytes)) {
    return fmt::format(
        "its SQL sorts, groups or joins its rows, which may need {} of memory and temporary disk; "
        "there are {}",
        Megabytes(bytes * cost.growth), Megabytes(static_cast<double>(room.spill_bytes)));
  }
  return std::nullopt;
}

}  // namespace eider::pipeline
