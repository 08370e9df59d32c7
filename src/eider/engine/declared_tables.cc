#include "eider/engine/declared_tables.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>

#include <duckdb/common/string_util.hpp>
#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"

namespace eider::engine {

Result<std::size_t> FindDeclared(const std::string& name, std::span<const std::string> declared) {
  auto found = std::ranges::find(declared, name);
  if (found == declared.end()) {
    found = std::ranges::find_if(declared, [&](const std::string& other) {
      return duckdb::StringUtil::CIEquals(other, name);
    });
  }
  if (found != declared.end()) return static_cast<std::size_t>(found - declared.begin());
  return Fail(Code::kInvalid,
              fmt::format("route SQL reads table {}, which its route does not declare: add it to "
                          "the route's `inputs`",
                          codec::ShortName(name)));
}

}  // namespace eider::engine
