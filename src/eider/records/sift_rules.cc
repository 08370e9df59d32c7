// One value, one rule.
#include "eider/records/sift_rules.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "eider/codec/shortened_text.h"
#include "eider/records/text_value.h"

namespace eider::records {

std::optional<RejectedRecord> Break(const ColumnRule& rule, std::optional<std::string_view> value,
                                    std::string_view record) {
  std::string changed;
  const bool fits =
      value ? !rule.type || ValueText(*value, *rule.type, changed) : !rule.is_required;
  if (fits) return std::nullopt;
  return RejectedRecord{.column = rule.column,
                        .value = value ? std::optional(std::string(*value)) : std::nullopt,
                        .reason = value ? rule.wrong_type : rule.no_value,
                        .record = codec::Shortened(record, kRejectedTextMax)};
}

RejectedRecord Unreadable(std::string reason, std::string_view record) {
  return {.reason = std::move(reason), .record = codec::Shortened(record, kRejectedTextMax)};
}

}  // namespace eider::records
