// The server over TLS, with a certificate that was made for the test.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include "eider/base/result.h"
#include "eider/http/curl_transport.h"
#include "eider/http/server.h"
#include "eider/http/testing/server_fixture.h"

namespace eider::http {
namespace {

using std::chrono::steady_clock;
using testing::HasSubstr;

class TlsServerTest : public ServerTest {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "eider_tls_" + std::to_string(::getpid());
    const std::string made = fmt::format(
        "mkdir -p {0} && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
        "-days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -keyout {0}/key.pem "
        "-out {0}/certificate.pem 2>/dev/null",
        folder_);
    ASSERT_EQ(std::system(made.c_str()), 0);
    options_.certificate_file = folder_ + "/certificate.pem";
    options_.key_file = folder_ + "/key.pem";
    transport_ = NewCurlTransport({.ca_bundle = options_.certificate_file});
  }

  std::string folder_;
};

TEST_F(TlsServerTest, SpeaksTls) {
  Start();
  const std::string body(300'000, 'x');
  for (int i = 0; i < 2; ++i) {  // the second time on the connection that is there
    const auto response = Send({.method = "POST",
                                .url = fmt::format("https://127.0.0.1:{}/tls", server_->port()),
                                .body = body});
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, "POST /tls|" + body);
  }
  EXPECT_EQ(Answer(Request("GET /")).substr(0, 4), "");  // no TLS, no answer
  RawClient silent(server_->port());
  const auto start = steady_clock::now();
  server_->Stop();
  EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(8));
}

TEST_F(TlsServerTest, SaysWhichFileIsWrong) {
  options_.key_file = folder_ + "/none.pem";
  const auto none = Server::Start(options_, Echo, log_);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Code::kInvalid);
  EXPECT_THAT(none.error().message, HasSubstr("/none.pem"));
  options_.certificate_file = folder_ + "/key.pem";
  const auto wrong = Server::Start(options_, Echo, log_);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, Code::kInvalid);
  EXPECT_THAT(wrong.error().message, HasSubstr("/key.pem"));
}

}  // namespace
}  // namespace eider::http
