// Reading of a token.
#include "eider/aws/token_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include <fmt/format.h>

namespace eider::aws {

Result<std::string> ReadTokenFile(const std::string& path) {
  constexpr std::size_t kTokenBytesMax = 64U << 10U;
  constexpr const char* kBlank = " \t\r\n";
  std::ifstream file(path, std::ios::binary);
  std::string token(kTokenBytesMax + 1, '\0');
  if (!file ||
      (!file.read(token.data(), static_cast<std::streamsize>(token.size())) && !file.eof())) {
    return Fail(Code::kDenied,
                fmt::format("cannot read token file {}: {}", path, std::strerror(errno)));
  }
  token.resize(static_cast<std::size_t>(file.gcount()));
  if (token.size() > kTokenBytesMax) {
    return Fail(Code::kInvalid,
                fmt::format("token file {} is larger than {} bytes", path, kTokenBytesMax));
  }
  const std::size_t start = token.find_first_not_of(kBlank);
  if (start == std::string::npos) {
    return Fail(Code::kInvalid, fmt::format("token file {} is empty", path));
  }
  return token.substr(start, token.find_last_not_of(kBlank) - start + 1);
}

}  // namespace eider::aws
