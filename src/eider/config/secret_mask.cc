// A URI has two places for a secret: `user:password@host`, and parameters `?password=…`.
#include "eider/config/secret_mask.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>

#include "eider/base/lower_case.h"

namespace eider::config {
namespace {

constexpr std::string_view kMask = "***";

void MaskUserInfo(std::string& text) {
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string::npos) return;
  const std::size_t begin = scheme_end + 3;
  // Up to the last @: a password may hold `@` and `/` that should have been escaped, and masking
  // too much is better than too little.
  const std::size_t at = text.rfind('@');
  const std::size_t colon = text.find(':', begin);
  if (at == std::string::npos || colon == std::string::npos || colon > at || at < begin) return;
  text.replace(colon + 1, at - colon - 1, kMask);
}

void MaskParameters(std::string& text) {
  std::size_t begin = text.find('?');
  while (begin != std::string::npos) {
    const std::size_t name_begin = begin + 1;
    const std::size_t equals = text.find('=', name_begin);
    if (equals == std::string::npos) return;
    std::size_t end = text.find_first_of("&;", equals);
    if (IsSecretName(std::string_view(text).substr(name_begin, equals - name_begin))) {
      const std::size_t length = std::min(end, text.size()) - equals - 1;
      text.replace(equals + 1, length, kMask);
      end = text.find_first_of("&;", equals);
    }
    begin = end;
  }
}

}  // namespace

bool IsSecretName(std::string_view name) {
  static constexpr std::array<std::string_view, 6> kWords = {
      "password", "passwd", "secret", "token", "credential", "private_key"};
  const std::string lower = LowerCase(name);
  if (lower.ends_with("_file")) return false;  // where a secret is, not what it is
  return std::ranges::any_of(
      kWords, [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

std::string MaskSecrets(std::string_view text) {
  std::string masked(text);
  MaskUserInfo(masked);
  MaskParameters(masked);
  return masked;
}

}  // namespace eider::config
