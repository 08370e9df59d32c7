#include "eider/aws/token_file.h"

#include <cstddef>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/config/regular_file.h"

namespace eider::aws {

Result<std::string> ReadTokenFile(const std::string& path) {
  constexpr std::size_t kTokenBytesMax = 64U << 10U;
  constexpr const char* kBlank = " \t\r\n";
  auto token = config::ReadTextFile(path, kTokenBytesMax);
  if (!token) {
    Error error = Annotate("cannot read token file", std::move(token).error());
    if (error.code != Code::kInvalid) error.code = Code::kDenied;
    return std::unexpected(std::move(error));
  }
  const std::size_t start = token->find_first_not_of(kBlank);
  if (start == std::string::npos) {
    return Fail(Code::kInvalid, fmt::format("token file {} is empty", path));
  }
  return token->substr(start, token->find_last_not_of(kBlank) - start + 1);
}

}  // namespace eider::aws
