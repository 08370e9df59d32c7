// The name that was probably meant, for messages about unknown ones.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace eider::config {

// How many letters must be inserted, removed, replaced or swapped with their neighbour.
int EditDistance(std::string_view a, std::string_view b);

// The name nearest to `wrong`; empty when none is near (more than half of the letters differ).
std::string_view NearestName(std::string_view wrong, std::span<const std::string_view> names);

// What to tell about an unknown name: "did you mean 'x'?", or, when none is near, "known are: …".
std::string NameHint(std::string_view wrong, std::span<const std::string_view> names);

}  // namespace eider::config
