// The names of properties.
#include "eider/config/catalog_property.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "eider/config/secret_mask.h"

namespace eider::config {
namespace {

constexpr std::string_view kHeader = "header.";

constexpr auto kNames = std::to_array<std::string_view>({
    "catalog.warehouse",
    "catalog.prefix",
    "catalog.credential",
    "catalog.token",
    "catalog.token-exchange-enabled",
    "catalog.token-expires-in-ms",
    "catalog.scope",
    "catalog.audience",
    "catalog.resource",
    "catalog.oauth2-server-uri",
    "catalog.rest.sigv4-enabled",
    "catalog.rest.signing-name",
    "catalog.rest.signing-region",
    "catalog.rest-page-size",
    "catalog.header.NAME",
    "catalog.jdbc.user",
    "catalog.jdbc.password",
});

}  // namespace

std::span<const std::string_view> CatalogPropertyNames() {
  return kNames;
}

std::optional<std::string> CatalogPropertyNamed(std::string_view setting) {
  if (!setting.starts_with(kCatalogSection)) return std::nullopt;
  const std::string_view name = setting.substr(kCatalogSection.size());
  const bool is_header = name.starts_with(kHeader) && name.size() > kHeader.size();
  if (!is_header && std::ranges::find(kNames, setting) == kNames.end()) return std::nullopt;
  return std::string(name);
}

std::string CatalogKeyOfVariable(std::string_view variable) {
  const std::string_view written = variable.substr(kCatalogVariables.size());
  std::string name(kCatalogSection);
  for (std::size_t i = 0; i < written.size(); ++i) {
    if (written.substr(i).starts_with("__")) {
      name += '.';
      ++i;
    } else if (written[i] == '_') {
      name += '-';
    } else {
      name += static_cast<char>(std::tolower(static_cast<unsigned char>(written[i])));
    }
  }
  return name;
}

bool IsOfDatabase(std::string_view name) {
  return name.starts_with("jdbc.");
}

bool IsSecretProperty(std::string_view name) {
  return name.starts_with(kHeader) || IsSecretName(name);
}

}  // namespace eider::config
