// The sqlite:/// form to a path and back.
#include "eider/config/sqlite_uri.h"

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/config/secret_mask.h"

namespace eider::config {
namespace {

constexpr std::string_view kPrefix = "sqlite:///";

}  // namespace

Result<std::string> PathOfSqliteUri(std::string_view uri) {
  if (uri == "sqlite://" || uri == "sqlite:///:memory:") {
    return Fail(Code::kUnsupported,
                fmt::format("a database in memory is gone with the process; name a file as in "
                            "sqlite:////folder/catalog.db: '{}'",
                            uri));
  }
  if (!uri.starts_with(kPrefix) || uri.size() == kPrefix.size()) {
    return Fail(Code::kInvalid, fmt::format("must be a SQLite database, written "
                                            "sqlite:////folder/catalog.db (four slashes before an "
                                            "absolute path), or a PostgreSQL database, written "
                                            "postgresql://user@host/database: '{}'",
                                            MaskSecrets(uri)));
  }
  if (uri.find('?') != std::string_view::npos) {
    return Fail(Code::kInvalid,
                fmt::format("takes no parameters after '?': '{}'", MaskSecrets(uri)));
  }
  return std::string(uri.substr(kPrefix.size()));
}

std::string SqliteUriOfPath(std::string_view path) {
  return fmt::format("{}{}", kPrefix, path);
}

}  // namespace eider::config
