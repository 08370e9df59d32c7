// Where region and endpoints come from, and which wins.
#include "eider/aws/environment.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/aws/profile_file.h"
#include "eider/aws/testing/environment_fixture.h"

namespace eider::aws {
namespace {

using testing::HasSubstr;
using testing::Not;

class EnvironmentTest : public EnvironmentFixture {
 protected:
  std::string Region() {
    const auto region = FindRegion(environment_);
    return region ? *region : "error: " + region.error().message;
  }

  std::string Endpoint(const std::string& service, const std::string& region = "eu-west-1") {
    const auto endpoint = EndpointOf(service, region, environment_);
    return endpoint ? *endpoint : "error: " + endpoint.error().message;
  }
};

TEST_F(EnvironmentTest, RegionIsTheVariablesOrTheProfiles) {
  EXPECT_THAT(Region(), HasSubstr("set AWS_REGION"));
  EXPECT_EQ(FindRegion(environment_).error().code, Code::kNotFound);
  WriteConfig("[default]\nregion = eu-north-1\n[profile p]\nregion=us-west-2 # near\n");
  EXPECT_EQ(Region(), "eu-north-1");
  variables_["AWS_PROFILE"] = "p";
  EXPECT_EQ(Region(), "us-west-2");
  variables_["AWS_DEFAULT_REGION"] = "ap-south-1";
  EXPECT_EQ(Region(), "ap-south-1");
  variables_["AWS_REGION"] = "eu-west-1";
  EXPECT_EQ(Region(), "eu-west-1");
}

TEST_F(EnvironmentTest, EndpointIsAwsOwn) {
  EXPECT_EQ(Endpoint("dynamodb"), "https://dynamodb.eu-west-1.amazonaws.com");
  EXPECT_EQ(Endpoint("s3", "cn-north-1"), "https://s3.cn-north-1.amazonaws.com.cn");
  EXPECT_FALSE(IsCustomEndpoint("s3", environment_));
}

TEST_F(EnvironmentTest, EndpointMayBeConfigured) {
  WriteConfig(
      "[default]\nendpoint_url = http://profile:1/\nservices = mine\n"
      "[services mine]\ns3 =\n  endpoint_url = http://services:2\n"
      "dynamodb =\n  retries = 3\n");
  EXPECT_EQ(Endpoint("s3"), "http://services:2");
  EXPECT_EQ(Endpoint("dynamodb"), "http://profile:1");
  variables_["AWS_ENDPOINT_URL"] = "http://all:3/";
  EXPECT_EQ(Endpoint("s3"), "http://all:3");
  variables_["AWS_ENDPOINT_URL_S3"] = "http://s3:4";
  EXPECT_EQ(Endpoint("s3"), "http://s3:4");
  EXPECT_TRUE(IsCustomEndpoint("s3", environment_));
  variables_["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "true";
  EXPECT_EQ(Endpoint("s3"), "https://s3.eu-west-1.amazonaws.com");
  EXPECT_FALSE(IsCustomEndpoint("s3", environment_));
}

TEST_F(EnvironmentTest, ConfiguredEndpointIsToldApartFromAwsOwn) {
  EXPECT_EQ(ConfiguredEndpoint("sqs", environment_).value(), std::nullopt);
  variables_["AWS_ENDPOINT_URL_SQS"] = "https://sqs-fips.us-east-1.amazonaws.com/";
  EXPECT_EQ(ConfiguredEndpoint("sqs", environment_).value(),
            "https://sqs-fips.us-east-1.amazonaws.com");
}

TEST_F(EnvironmentTest, AnotherAddressOfAwsIsNotCustom) {
  variables_["AWS_ENDPOINT_URL_S3"] = "https://bucket.vpce-1.s3.eu-west-1.vpce.amazonaws.com";
  EXPECT_FALSE(IsCustomEndpoint("s3", environment_));
}

TEST_F(EnvironmentTest, CredentialsFileWinsOverConfig) {
  WriteConfig(
      "; comment\n[profile p]\naws_access_key_id = A\nregion = r\n\n[sso-session x]\na = b\n");
  WriteCredentials("[p]\naws_access_key_id = B\r\naws_secret_access_key = s#e;c=r\n");
  const auto files = ReadProfileFiles(environment_);
  ASSERT_TRUE(files) << files.error().message;
  const Profile& profile = files->profiles.at("p");
  EXPECT_EQ(ValueOf(profile, "aws_access_key_id"), "B");
  EXPECT_EQ(ValueOf(profile, "aws_secret_access_key"), "s#e;c=r");
  EXPECT_EQ(ValueOf(profile, "region"), "r");
  EXPECT_EQ(files->profiles.size(), 1U);
}

TEST_F(EnvironmentTest, FilesMayLieElsewhere) {
  variables_["AWS_CONFIG_FILE"] = Write("c", "[default]\nregion = here\n");
  EXPECT_EQ(Region(), "here");
}

TEST_F(EnvironmentTest, BrokenFileIsNamedWithItsLineButNotItsContent) {
  WriteCredentials("[default]\naws_secret_access_key wJalrXUtnFEMI\n");
  const auto region = FindRegion(environment_);
  ASSERT_FALSE(region);
  EXPECT_EQ(region.error().code, Code::kInvalid);
  EXPECT_THAT(region.error().message, HasSubstr(".aws/credentials, line 2"));
  EXPECT_THAT(region.error().message, Not(HasSubstr("wJalrXUtnFEMI")));
  WriteCredentials("a = b\n");
  EXPECT_THAT(Region(), HasSubstr("line 1: a setting before the first [section]"));
  WriteCredentials("[default\n");
  EXPECT_THAT(Region(), HasSubstr("without ']'"));
}

}  // namespace
}  // namespace eider::aws
