#include "eider/config/server_problems.h"

#include <string>
#include <vector>

namespace eider::config {

std::vector<std::string> ServerProblems(const Config::Serve& serve) {
  std::vector<std::string> problems;
  if (!serve.token.empty() && !serve.token_file.empty()) {
    problems.emplace_back("serve.token and serve.token_file are both set, and there is one token");
  }
  if (serve.tls_certificate.empty() != serve.tls_key.empty()) {
    problems.emplace_back(serve.tls_key.empty()
                              ? "serve.tls_certificate is set and serve.tls_key is not: set both"
                              : "serve.tls_key is set and serve.tls_certificate is not: set both");
  }
  return problems;
}

}  // namespace eider::config
