#include "eider/config/postgres_uri.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/config/secret_mask.h"

namespace eider::config {
namespace {

constexpr std::array<std::string_view, 5> kForms = {"postgresql://", "postgres://",
                                                    "postgresql+psycopg2://",
                                                    "postgresql+psycopg://", "jdbc:postgresql://"};

// What follows the form; empty: it has none of them.
std::string_view AfterForm(std::string_view uri) {
  const auto form = std::ranges::find_if(
      kForms, [&](std::string_view candidate) { return uri.starts_with(candidate); });
  return form == kForms.end() ? std::string_view() : uri.substr(form->size());
}

// Whether what stands before the `@` is what libpq takes for user and password.
bool AreCredentialsPlain(std::string_view place) {
  const std::size_t at = place.find('@');
  if (at == place.npos) return true;
  const std::size_t slash = place.find('/');
  const std::size_t question = place.find('?');
  if (slash < question && question < at) return true;  // in a parameter
  return at < slash && place.substr(at + 1, slash - at - 1).find('@') == place.npos;
}

}  // namespace

bool IsPostgresUri(std::string_view uri) {
  return uri.starts_with("postgres") || uri.starts_with("jdbc:postgresql:");
}

Result<std::string> LibpqUriOf(std::string_view uri) {
  const std::string_view place = AfterForm(uri);
  if (place.empty()) {
    return Fail(Code::kInvalid, fmt::format("must be a PostgreSQL database, written "
                                            "postgresql://user@host:5432/database: '{}'",
                                            MaskSecrets(uri)));
  }
  if (!AreCredentialsPlain(place)) {
    return Fail(Code::kInvalid,
                fmt::format("has an @ or a / in its user or password, where they must be written "
                            "%40 and %2F: '{}'",
                            MaskSecrets(uri)));
  }
  return fmt::format("postgresql://{}", place);
}

}  // namespace eider::config
