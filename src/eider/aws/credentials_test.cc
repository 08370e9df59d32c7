// Every source of credentials: what it asks, what it finds, what it says without secrets.
#include "eider/aws/credentials.h"

#include <sys/stat.h>

#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/aws/container_credentials.h"
#include "eider/aws/default_credentials.h"
#include "eider/aws/environment_credentials.h"
#include "eider/aws/instance_credentials.h"
#include "eider/aws/process_credentials.h"
#include "eider/aws/profile_credentials.h"
#include "eider/aws/testing/environment_fixture.h"
#include "eider/aws/testing/scripted_transport.h"
#include "eider/aws/time_text.h"
#include "eider/aws/web_identity_credentials.h"

namespace eider::aws {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kSecret = "wJalrXUtnFEMI";

// AssumeRole's and AssumeRoleWithWebIdentity's answers differ in these names only (STS API
// Reference, the examples).
std::string StsAnswer(const std::string& action) {
  return "<" + action + "Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><" + action +
         "Result><Credentials><SessionToken>TOKEN</SessionToken>"
         "<SecretAccessKey>wJalrXUtnFEMI</SecretAccessKey>"
         "<Expiration>2030-07-15T23:28:33.359Z</Expiration><AccessKeyId>ASIA1</AccessKeyId>"
         "</Credentials></" +
         action + "Result><ResponseMetadata><RequestId>R</RequestId></ResponseMetadata></" +
         action + "Response>";
}

constexpr const char* kMetadataAnswer =
    R"({"Code":"Success","Type":"AWS-HMAC","AccessKeyId":"ASIA1",)"
    R"("SecretAccessKey":"wJalrXUtnFEMI","Token":"TOKEN","Expiration":"2030-07-15T23:28:33Z"})";

class CredentialsTest : public EnvironmentFixture {
 protected:
  void ExpectRole(const Result<Credentials>& credentials) {
    ASSERT_TRUE(credentials) << credentials.error().message;
    EXPECT_EQ(credentials->access_key_id, "ASIA1");
    EXPECT_EQ(credentials->secret_access_key, kSecret);
    EXPECT_EQ(credentials->session_token, "TOKEN");
    EXPECT_EQ(credentials->expires, ParseIsoTime("2030-07-15T23:28:33Z"));
  }

  void ExpectError(const Result<Credentials>& credentials, Code code, const std::string& part) {
    ASSERT_FALSE(credentials);
    EXPECT_EQ(credentials.error().code, code) << credentials.error().message;
    EXPECT_THAT(credentials.error().message, HasSubstr(part));
    EXPECT_THAT(credentials.error().message, Not(HasSubstr(kSecret)));
  }

  ScriptedTransport transport_;
  ManualClock clock_{*ParseIsoTime("2026-01-01T00:00:00Z")};
  SeededRandom random_{1};
  const SourceDeps deps_{transport_, clock_, random_};
};

using EnvironmentCredentialsTest = CredentialsTest;

TEST_F(EnvironmentCredentialsTest, ReadsTheVariables) {
  EnvironmentCredentials source(environment_);
  ExpectError(source.Get(), Code::kNotFound, "AWS_ACCESS_KEY_ID is not set");
  variables_["AWS_ACCESS_KEY_ID"] = "AKID";
  ExpectError(source.Get(), Code::kInvalid, "without AWS_SECRET_ACCESS_KEY");
  variables_["AWS_SECRET_ACCESS_KEY"] = kSecret;
  variables_["AWS_SESSION_TOKEN"] = "TOKEN";
  EXPECT_EQ(*source.Get(), (Credentials{"AKID", kSecret, "TOKEN", {}}));
  variables_["AWS_ACCESS_KEY_ID"] = "";
  ExpectError(source.Get(), Code::kInvalid, "without AWS_ACCESS_KEY_ID");
}

using WebIdentityCredentialsTest = CredentialsTest;

TEST_F(WebIdentityCredentialsTest, AsksStsWithoutASignature) {
  variables_["AWS_REGION"] = "eu-west-1";
  variables_["AWS_ROLE_ARN"] = "arn:aws:iam::1:role/r";
  variables_["AWS_ROLE_SESSION_NAME"] = "s@1";
  variables_["AWS_WEB_IDENTITY_TOKEN_FILE"] = Write("token", "eyJ+/=\n");
  transport_.Add(500);
  transport_.Add(200, StsAnswer("AssumeRoleWithWebIdentity"));
  ExpectRole(WebIdentityCredentials(environment_, deps_).Get());
  const auto& sent = transport_.sent().at(1);
  EXPECT_EQ(sent.url, "https://sts.eu-west-1.amazonaws.com/");
  EXPECT_EQ(sent.Find("content-type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(sent.Find("authorization"), "");
  EXPECT_EQ(sent.body,
            "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1"
            "%3Arole%2Fr&RoleSessionName=s%401&WebIdentityToken=eyJ%2B%2F%3D");
}

TEST_F(WebIdentityCredentialsTest, SaysWhatIsWrong) {
  WebIdentityCredentials source(environment_, deps_);
  ExpectError(source.Get(), Code::kNotFound, "AWS_WEB_IDENTITY_TOKEN_FILE is not set");
  variables_["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/no/such/token";
  ExpectError(source.Get(), Code::kInvalid, "without AWS_ROLE_ARN");
  variables_["AWS_ROLE_ARN"] = "arn:aws:iam::1:role/r";
  ExpectError(source.Get(), Code::kDenied, "/no/such/token");
  // Seen: who read a FIFO waited for ever.
  const std::string fifo = home_ / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  variables_["AWS_WEB_IDENTITY_TOKEN_FILE"] = fifo;
  ExpectError(source.Get(), Code::kInvalid, "cannot read token file: is a FIFO, not a file: ");
  variables_["AWS_WEB_IDENTITY_TOKEN_FILE"] = Write("token", "secret-jwt");
  transport_.Add(403,
                 "<ErrorResponse><Error><Code>AccessDenied</Code><Message>Not authorized"
                 "</Message></Error></ErrorResponse>");
  const auto denied = source.Get();
  ExpectError(denied, Code::kDenied, "cannot assume role arn:aws:iam::1:role/r: AccessDenied");
  EXPECT_THAT(denied.error().message, Not(HasSubstr("secret-jwt")));
  transport_.Add(200, "<AssumeRoleWithWebIdentityResponse/>");
  ExpectError(source.Get(), Code::kCorrupt, "no complete credentials");
}

class ProfileCredentialsTest : public CredentialsTest {
 protected:
  Result<Credentials> Get() { return ProfileCredentials(environment_, deps_).Get(); }
};

TEST_F(ProfileCredentialsTest, ReadsKeys) {
  ExpectError(Get(), Code::kNotFound, "no profile 'default'");
  WriteCredentials(
      "[default]\naws_access_key_id=A\naws_secret_access_key=wJalrXUtnFEMI\n"
      "[other]\naws_access_key_id=B\naws_secret_access_key=c\naws_session_token=T\n");
  EXPECT_EQ(*Get(), (Credentials{"A", kSecret, "", {}}));
  variables_["AWS_PROFILE"] = "other";
  EXPECT_EQ(*Get(), (Credentials{"B", "c", "T", {}}));
  variables_["AWS_PROFILE"] = "absent";
  ExpectError(Get(), Code::kInvalid, "no profile 'absent' in");
}

TEST_F(ProfileCredentialsTest, AssumesARoleByAnotherProfile) {
  WriteConfig(
      "[default]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = base\n"
      "external_id = e x\nduration_seconds = 900\nregion = us-west-2\n"
      "[profile base]\naws_access_key_id = AKID\naws_secret_access_key = wJalrXUtnFEMI\n");
  transport_.Add(200, StsAnswer("AssumeRole"));
  ExpectRole(Get());
  const auto& sent = transport_.sent().at(0);
  EXPECT_EQ(sent.url, "https://sts.us-west-2.amazonaws.com/");
  EXPECT_THAT(sent.Find("authorization"),
              HasSubstr("Credential=AKID/20260101/us-west-2/sts/aws4_request"));
  EXPECT_EQ(sent.body,
            "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr"
            "&RoleSessionName=eider&DurationSeconds=900&ExternalId=e%20x");
}

TEST_F(ProfileCredentialsTest, AssumesARoleByTheEnvironmentOrItself) {
  WriteConfig(
      "[default]\nrole_arn = r\ncredential_source = Environment\n"
      "[profile self]\nrole_arn = r\nsource_profile = self\naws_access_key_id = SELF\n"
      "aws_secret_access_key = wJalrXUtnFEMI\n");
  ExpectError(Get(), Code::kInvalid, "credential_source Environment of profile 'default'");
  variables_["AWS_ACCESS_KEY_ID"] = "ENV";
  variables_["AWS_SECRET_ACCESS_KEY"] = kSecret;
  transport_.Add(200, StsAnswer("AssumeRole"));
  ExpectRole(Get());
  EXPECT_THAT(transport_.sent().at(0).Find("authorization"),
              HasSubstr("Credential=ENV/20260101/us-east-1/sts/aws4_request"));
  variables_["AWS_PROFILE"] = "self";
  transport_.Add(200, StsAnswer("AssumeRole"));
  ExpectRole(Get());
  EXPECT_THAT(transport_.sent().at(1).Find("authorization"), HasSubstr("Credential=SELF/"));
}

TEST_F(ProfileCredentialsTest, SaysWhatItCannotDo) {
  WriteConfig(
      "[profile a]\nrole_arn = r\nsource_profile = b\n"
      "[profile b]\nrole_arn = r\nsource_profile = a\n"
      "[profile lonely]\nrole_arn = r\n"
      "[profile mfa]\nrole_arn = r\nmfa_serial = m\n"
      "[profile sso]\nsso_session = s\n"
      "[profile long]\nrole_arn = r\nduration_seconds = 1h\n"
      "[profile empty]\nregion = r\n");
  const auto expect = [this](const char* profile, Code code, const char* part) {
    variables_["AWS_PROFILE"] = profile;
    ExpectError(Get(), code, part);
  };
  expect("a", Code::kInvalid, "profile 'a' names itself");
  expect("lonely", Code::kInvalid, "neither source_profile nor");
  expect("mfa", Code::kUnsupported, "mfa_serial");
  expect("sso", Code::kUnsupported, "export-credentials --profile sso");
  expect("long", Code::kInvalid, "duration_seconds of profile 'long'");
  expect("empty", Code::kNotFound, "has no credentials");
}

TEST_F(ProfileCredentialsTest, RunsACredentialProcess) {
  const std::string script =
      Write("give me.sh",
            "printf '{\"Version\":1,\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"wJalrXUtnFEMI\","
            "\"SessionToken\":\"TOKEN\",\"Expiration\":\"2030-07-15T23:28:33Z\"}' \"$1\"\n");
  WriteConfig("[default]\ncredential_process = sh '" + script + "' ASIA1\n");
  ExpectRole(Get());
}

TEST_F(CredentialsTest, CredentialProcessIsNoShell) {
  EXPECT_THAT(*SplitCommand(R"(a  'b c' "d\"e" f\ g '' $(x);`y`)"),
              ElementsAre("a", "b c", "d\"e", "f g", "", "$(x);`y`"));
  EXPECT_EQ(SplitCommand("a 'b").error().code, Code::kInvalid);
  EXPECT_EQ(SplitCommand(" ").error().code, Code::kInvalid);
  const std::string mark = home_ / "mark";
  ExpectError(RunCredentialProcess("echo {} ; touch " + mark), Code::kCorrupt, "process echo");
  EXPECT_FALSE(std::filesystem::exists(mark));
}

TEST_F(CredentialsTest, CredentialProcessHasLimits) {
  ExpectError(RunCredentialProcess("/no/such/program wJalrXUtnFEMI"), Code::kInvalid,
              "cannot start credential_process /no/such/program");
  ExpectError(RunCredentialProcess("false wJalrXUtnFEMI"), Code::kDenied, "status 1");
  ExpectError(RunCredentialProcess("sleep 60", Milliseconds(30)), Code::kUnavailable, "30 ms");
  ExpectError(RunCredentialProcess("sh -c 'exec >&-; sleep 60'", Milliseconds(30)),
              Code::kUnavailable, "30 ms");
  ExpectError(RunCredentialProcess("yes wJalrXUtnFEMI"), Code::kUnavailable, "65536 bytes");
  ExpectError(RunCredentialProcess("echo wJalrXUtnFEMI"), Code::kCorrupt, "no credentials");
}

class ContainerCredentialsTest : public CredentialsTest {
 protected:
  Result<Credentials> Get() { return ContainerCredentials(environment_, deps_).Get(); }
};

TEST_F(ContainerCredentialsTest, AsksTheEndpointOfTheTask) {
  ExpectError(Get(), Code::kNotFound, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set");
  variables_["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/v2/credentials/x";
  transport_.Add(200, kMetadataAnswer);
  ExpectRole(Get());
  EXPECT_EQ(transport_.sent().at(0).url, "http://169.254.170.2/v2/credentials/x");
  EXPECT_EQ(transport_.sent().at(0).Find("authorization"), "");
}

TEST_F(ContainerCredentialsTest, SendsTheTokenOfTheFileAsItIsNow) {
  variables_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://169.254.170.23/v1/credentials";
  variables_["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "other";
  for (const char* token : {"one", "two"}) {
    variables_["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = Write("token", token);
    transport_.Add(200, kMetadataAnswer);
    ExpectRole(Get());
    EXPECT_EQ(transport_.sent().back().Find("authorization"), token);
  }
}

TEST_F(ContainerCredentialsTest, GivesTheTokenToNobodyElse) {
  variables_["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = kSecret;
  for (const char* url : {"http://example.com/", "http://169.254.170.2.example.com/",
                          "http://localhost@example.com/", "ftp://localhost/"}) {
    variables_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url;
    ExpectError(Get(), Code::kInvalid, "must be https");
  }
  for (const char* url : {"http://localhost:8080/x", "http://[::1]:80/", "https://example.com/"}) {
    variables_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url;
    transport_.Add(403, "no");
    ExpectError(Get(), Code::kDenied, "cannot get the container's credentials");
  }
}

class InstanceCredentialsTest : public CredentialsTest {
 protected:
  Result<Credentials> Get() { return InstanceCredentials(environment_, deps_).Get(); }
};

TEST_F(InstanceCredentialsTest, SpeaksVersion2) {
  transport_.Add(200, "metadata-token");
  transport_.Add(200, "my-role");
  transport_.Add(200, kMetadataAnswer);
  ExpectRole(Get());
  const auto& sent = transport_.sent();
  EXPECT_EQ(sent[0].method, "PUT");
  EXPECT_EQ(sent[0].url, "http://169.254.169.254/latest/api/token");
  EXPECT_EQ(sent[0].Find("x-aws-ec2-metadata-token-ttl-seconds"), "21600");
  EXPECT_LE(sent[0].timeout, Milliseconds(1'000));
  EXPECT_EQ(sent[2].url,
            "http://169.254.169.254/latest/meta-data/iam/security-credentials/my-role");
  EXPECT_EQ(sent[2].Find("x-aws-ec2-metadata-token"), "metadata-token");
}

TEST_F(InstanceCredentialsTest, IsNotThere) {
  transport_.AddFailure(Code::kUnavailable);
  transport_.AddFailure(Code::kUnavailable);
  ExpectError(Get(), Code::kNotFound, "no EC2 metadata at http://169.254.169.254");
  variables_["AWS_EC2_METADATA_DISABLED"] = "true";
  ExpectError(Get(), Code::kNotFound, "AWS_EC2_METADATA_DISABLED");
}

TEST_F(InstanceCredentialsTest, HasNoRole) {
  variables_["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://127.0.0.1:1338/";
  transport_.Add(200, "t");
  transport_.Add(404, "<html>Not Found</html>");
  ExpectError(Get(), Code::kNotFound, "404");
  EXPECT_EQ(transport_.sent().at(0).url, "http://127.0.0.1:1338/latest/api/token");
}

TEST_F(InstanceCredentialsTest, BrokenAnswerIsCorruptWithoutItsContent) {
  transport_.Add(200, "t");
  transport_.Add(200, "r");
  transport_.Add(200, R"({"SecretAccessKey":"wJalrXUtnFEMI"})");
  ExpectError(Get(), Code::kCorrupt, "no AccessKeyId");
}

using DefaultCredentialsTest = CredentialsTest;

TEST_F(DefaultCredentialsTest, FollowsTheOrder) {
  WriteCredentials("[default]\naws_access_key_id=PROFILE\naws_secret_access_key=s\n");
  EXPECT_EQ(NewDefaultCredentials(environment_, transport_, clock_, random_)->Get()->access_key_id,
            "PROFILE");
  variables_["AWS_ACCESS_KEY_ID"] = "ENV";
  variables_["AWS_SECRET_ACCESS_KEY"] = kSecret;
  EXPECT_EQ(NewDefaultCredentials(environment_, transport_, clock_, random_)->Get()->access_key_id,
            "ENV");
}

TEST_F(DefaultCredentialsTest, SaysWhatWasTriedAndWhatToSet) {
  variables_["AWS_EC2_METADATA_DISABLED"] = "true";
  const auto none = NewDefaultCredentials(environment_, transport_, clock_, random_)->Get();
  ExpectError(none, Code::kNotFound, "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
  for (const char* source : {"the environment: AWS_ACCESS_KEY_ID", "web identity: AWS_WEB",
                             "the profile: no profile 'default'", "the container: AWS_CONTAINER",
                             "the instance: AWS_EC2_METADATA_DISABLED"}) {
    EXPECT_THAT(none.error().message, HasSubstr(source));
  }
}

TEST_F(DefaultCredentialsTest, ABrokenSourceEndsTheSearch) {
  WriteCredentials("[default]\naws_secret_access_key wJalrXUtnFEMI\n");
  ExpectError(NewDefaultCredentials(environment_, transport_, clock_, random_)->Get(),
              Code::kInvalid, "AWS credentials from the profile: ");
}

}  // namespace
}  // namespace eider::aws
