// A list of places.
#include "eider/http/ca_bundle.h"

#include <array>
#include <functional>
#include <string>

namespace eider::http {

std::string FindCaBundle(const std::function<bool(const std::string&)>& is_file) {
  // Source: the list in Go's crypto/x509 (root_linux.go), in the order of how common they are.
  static constexpr std::array kPlaces = {
      "/etc/ssl/certs/ca-certificates.crt",
      "/etc/pki/tls/certs/ca-bundle.crt",
      "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
      "/etc/ssl/ca-bundle.pem",
      "/etc/ssl/cert.pem",
  };
  for (const char* place : kPlaces) {
    if (is_file(place)) return place;
  }
  return "";
}

}  // namespace eider::http
