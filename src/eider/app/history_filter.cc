// Words to states and times.
#include "eider/app/history_filter.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "eider/app/time_text.h"
#include "eider/base/result.h"

namespace eider::app {
namespace {

Result<std::optional<ledger::State>> ParseState(std::string text) {
  if (text.empty()) return std::nullopt;
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (const auto state = ledger::StateOf(text)) return state;
  return Fail(Code::kInvalid, fmt::format("--state is {}, not '{}'", ledger::StateNames(), text));
}

Result<std::optional<TimePoint>> TimeOf(const std::string& option, const std::string& text,
                                        TimePoint now) {
  if (text.empty()) return std::nullopt;
  auto time = ParseTime(text, now);
  if (!time) return Fail(option, std::move(time).error());
  return *time;
}

}  // namespace

Result<ledger::HistoryFilter> FilterOf(const HistoryOptions& options, TimePoint now) {
  ledger::HistoryFilter filter;
  EIDER_ASSIGN(filter.state, ParseState(options.state));
  filter.uri_prefix = options.uri_prefix;
  filter.target_table = options.table;
  filter.route = options.route;
  filter.error_code = options.code;
  filter.error_text = options.text;
  EIDER_ASSIGN(filter.since, TimeOf("--since", options.since, now));
  EIDER_ASSIGN(filter.until, TimeOf("--until", options.until, now));
  filter.limit = options.limit;
  filter.skip = options.skip;
  return filter;
}

}  // namespace eider::app
