// Secrets out of whatever is shown to people.
#pragma once

#include <string>
#include <string_view>

namespace eider::config {

// True for names such as "catalog.password" or "client_secret": their values are never shown.
bool IsSecretName(std::string_view name);

// The text with the passwords of its URIs masked: "db://user:***@host/x?token=***".
std::string MaskSecrets(std::string_view text);

}  // namespace eider::config
