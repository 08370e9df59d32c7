// Where certificates are found, by distribution.
#include "eider/http/ca_bundle.h"

#include <string>

#include <gtest/gtest.h>

namespace eider::http {
namespace {

std::string On(const std::string& only) {
  return FindCaBundle([&](const std::string& path) { return path == only; });
}

TEST(CaBundle, IsFoundOnDebianAndAmazonLinux) {
  EXPECT_EQ(On("/etc/ssl/certs/ca-certificates.crt"), "/etc/ssl/certs/ca-certificates.crt");
  EXPECT_EQ(On("/etc/pki/tls/certs/ca-bundle.crt"), "/etc/pki/tls/certs/ca-bundle.crt");
}

TEST(CaBundle, IsLeftToTheLibraryElsewhere) {
  EXPECT_EQ(On("/certificates"), "");
}

}  // namespace
}  // namespace eider::http
