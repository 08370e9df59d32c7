// Which SQL streams, and which keeps the rows that it reads.
#pragma once

#include <string>

namespace eider::engine {

// Whether the query has to keep rows that it reads in memory or on the temporary disk: it groups,
// sorts, joins, numbers them, takes distinct ones or asks subqueries. Without it rows go through as
// they come, whatever the size of the file. Parses only; true of what cannot be parsed.
bool KeepsRows(const std::string& sql);

}  // namespace eider::engine
