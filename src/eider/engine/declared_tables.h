// Names of tables in a route's SQL against those that the route declares. The check of routes and
// the binding of a query ask here, so that both say the same.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "eider/base/result.h"

namespace eider::engine {

// Which of the declared names, "namespace.table", the SQL means: the same one, else one that
// differs by case only. Errors: kInvalid (none; says how to declare it).
Result<std::size_t> FindDeclared(const std::string& name, std::span<const std::string> declared);

}  // namespace eider::engine
