// The settings of the server of `eider serve`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/config/testing/config_fixture.h"

namespace eider::config {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(ConfigTest, ShowsNoSecretOfTheServer) {
  variables_ = {{"EIDER_SERVE_TOKEN", "hush-token"}, {"EIDER_SERVE_WEBHOOK_SECRET", "hush-secret"}};
  const auto loaded = LoadText(kWhole);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.serve.token, "hush-token");
  EXPECT_EQ(Find(*loaded, "serve.token").value, "***");
  EXPECT_EQ(Find(*loaded, "serve.webhook_secret").value, "***");
}

TEST_F(ConfigTest, SettingsOfTheServerThatDoNotGoTogetherAreTold) {
  variables_ = {{"EIDER_SERVE_TOKEN", "hush"},
                {"EIDER_SERVE_TOKEN_FILE", "token"},
                {"EIDER_SERVE_TLS_KEY", "key.pem"}};
  const auto loaded = LoadText(kWhole);
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message, HasSubstr("serve.token and serve.token_file are both set"));
  EXPECT_THAT(loaded.error().message, HasSubstr("serve.tls_certificate is not"));
  EXPECT_THAT(loaded.error().message, Not(HasSubstr("hush")));
}

TEST_F(ConfigTest, ASecretThatIsNoneIsToldWithoutIt) {
  variables_ = {{"EIDER_SERVE_TOKEN", "hush\nhush"}};
  const auto loaded = LoadText(kWhole);
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message, HasSubstr("serve.token"));
  EXPECT_THAT(loaded.error().message, Not(HasSubstr("hush")));
}

}  // namespace
}  // namespace eider::config
