// No password leaves by a message.
#include "eider/config/secret_mask.h"

#include <gtest/gtest.h>

namespace eider::config {
namespace {

TEST(SecretMask, MasksThePasswordOfAUri) {
  EXPECT_EQ(MaskSecrets("db://user:hush@host:5432/x"), "db://user:***@host:5432/x");
  EXPECT_EQ(MaskSecrets("db://user:hu@sh/x@host/y"), "db://user:***@host/y");
  EXPECT_EQ(MaskSecrets("db://user@host:5432/x"), "db://user@host:5432/x");
  EXPECT_EQ(MaskSecrets("db://h/x?user=a&password=b&sslmode=c"),
            "db://h/x?user=a&password=***&sslmode=c");
  EXPECT_EQ(MaskSecrets("db://h/x?client_secret=b"), "db://h/x?client_secret=***");
}

TEST(SecretMask, LeavesTheRestAlone) {
  for (const char* text : {"", "sqlite:////a/b.db", "s3://b/k@x", "file:///a:b", "a=b,c=d", "?="}) {
    EXPECT_EQ(MaskSecrets(text), text);
  }
}

TEST(SecretMask, KnowsSecretsByName) {
  EXPECT_TRUE(IsSecretName("catalog.password"));
  EXPECT_TRUE(IsSecretName("AWS_SECRET_ACCESS_KEY"));
  EXPECT_TRUE(IsSecretName("rest.token"));
  EXPECT_TRUE(IsSecretName("serve.webhook_secret"));
  EXPECT_FALSE(IsSecretName("catalog.uri"));
  EXPECT_FALSE(IsSecretName("serve.token_file"));
}

}  // namespace
}  // namespace eider::config
