// Routes as JSON lines: one route on a line, in the attributes that every store has. For many
// routes, and for programs: a hundred thousand are read in a second or two.
#pragma once

#include <string>
#include <string_view>

#include "eider/base/result.h"
#include "eider/routes/route_store.h"

namespace eider::routes {

// Blank lines are passed over. A line that is wrong is a problem of that line alone; `name` is what
// problems call the text, with the line. An attribute that means nothing is a mistake, and so is a
// key that comes twice.
RouteListing ParseJsonLines(std::string_view text, const std::string& name);

// The routes of a file: of JSON lines where it is called .jsonl or .ndjson, else of YAML. Errors:
// kNotFound, kDenied, kInvalid (too large, or no such file as a whole).
Result<RouteListing> ReadRoutesFile(const std::string& path);

}  // namespace eider::routes
