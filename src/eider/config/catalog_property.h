// The properties of a REST catalog, and the two of an SQL catalog in PostgreSQL: what Java and
// PyIceberg call them, and how they are set here.
//
// In the file they stand in section `catalog`; in the environment EIDER_CATALOG__ is followed by
// the name in capitals, with `__` for a dot and `_` for a hyphen, as PyIceberg does it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace eider::config {

inline constexpr std::string_view kCatalogSection = "catalog.";
inline constexpr std::string_view kCatalogVariables = "EIDER_CATALOG__";

// As settings, for hints: "catalog.credential".
std::span<const std::string_view> CatalogPropertyNames();

// The property that a setting's name names, such as "credential" or "header.X-Team"; nothing: none.
std::optional<std::string> CatalogPropertyNamed(std::string_view setting);

// "catalog.oauth2-server-uri" for EIDER_CATALOG__OAUTH2_SERVER_URI.
std::string CatalogKeyOfVariable(std::string_view variable);

// Whether the property is of an SQL catalog; else it is of a REST catalog.
bool IsOfDatabase(std::string_view name);

// Whether the value is never shown. A header may be a key of some gateway.
bool IsSecretProperty(std::string_view name);

}  // namespace eider::config
