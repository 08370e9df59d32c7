// Values held against the rules of their columns.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "eider/records/sift.h"

namespace eider::records {

// What is wrong with a value of the rule's column (nothing: it has none), without a line yet;
// nothing where it fits.
std::optional<RejectedRecord> Break(const ColumnRule& rule, std::optional<std::string_view> value,
                                    std::string_view record);

// A record that does not read.
RejectedRecord Unreadable(std::string reason, std::string_view record);

}  // namespace eider::records
