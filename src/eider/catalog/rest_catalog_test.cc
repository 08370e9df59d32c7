// What is asked of a REST server, word for word, and what its answers mean.
#include "eider/catalog/rest_catalog.h"

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/aws/testing/scripted_transport.h"
#include "eider/codec/json.h"
#include "eider/iceberg/table_metadata_json.h"
#include "eider/store/memory_store.h"

namespace eider::catalog {
namespace {

using codec::Json;
using iceberg::TableName;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

const TableName kOrders{{"bronze", "eu"}, "orders"};
constexpr const char* kNewerVersion =
    R"({"metadata-location": "s3://wh/9.json", "metadata": {"format-version": 9}})";

class FixedCredentials final : public aws::CredentialsProvider {
 public:
  Result<aws::Credentials> Get() override {
    return aws::Credentials{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "", {}};
  }
};

class RestCatalogTest : public testing::Test {
 protected:
  void Open(RestProperties properties = {}) {
    catalog_ =
        NewRestCatalog({.server = {.uri = "https://host/ice/",
                                   .properties = std::move(properties),
                                   .aws_region = ""},
                        .warehouse = std::nullopt},
                       {.store = store_, .server = {transport_, credentials_, clock_, random_}});
  }

  // The server's configuration, with what the test adds to it.
  void Config(const std::string& more = "") {
    transport_.Add(200, R"({"defaults": {}, "overrides": {})" + more + "}");
  }

  void Error(int status, const std::string& type) {
    transport_.Add(status, R"({"error": {"message": "no", "type": ")" + type + R"(", "code": )" +
                               std::to_string(status) + "}}");
  }

  static iceberg::TableMetadata Metadata() {
    iceberg::Schema schema;
    schema.fields = {{1, "id", false, {.kind = iceberg::TypeKind::kLong}, {}}};
    return *iceberg::MakeTableMetadata(
        {.schema = schema, .location = "s3://wh/t", .table_uuid = "u", .properties = {}});
  }

  static std::string Table(const std::string& location, const std::string& more = "") {
    return R"({"metadata-location": ")" + location + R"(", "metadata": )" +
           iceberg::TableMetadataToJson(Metadata()) + more + "}";
  }

  LoadedTable Loaded() {
    transport_.Add(200, Table("s3://wh/t/1.json"));
    auto loaded = catalog_->Load(kOrders);
    EXPECT_TRUE(loaded) << loaded.error().message;
    return *loaded;
  }

  Result<LoadedTable> Commit(const LoadedTable& base) {
    iceberg::Snapshot snapshot;
    snapshot.snapshot_id = 9'007'199'254'740'993;  // 2^53 + 1
    snapshot.sequence_number = 1;
    snapshot.timestamp_ms = 5;
    snapshot.manifest_list = "s3://wh/snap.avro";
    snapshot.operation = "append";
    snapshot.schema_id = 0;
    return catalog_->Commit(
        kOrders, base,
        {{iceberg::AssertTableUuid{"u"}, iceberg::AssertRefSnapshotId{"main", {}}},
         {iceberg::AddSnapshot{snapshot},
          iceberg::SetSnapshotRef{"main",
                                  {.snapshot_id = snapshot.snapshot_id,
                                   .type = "branch",
                                   .unknown = {{"max-ref-age-ms", 7}}}}},
         {}});
  }

  std::string Asked(std::size_t n) const {
    const auto& sent = transport_.sent().at(n);
    return sent.method + " " + sent.url;
  }

  Code CodeOfLoad() {
    Open();
    const auto loaded = catalog_->Load(kOrders);
    message_ = loaded ? "" : loaded.error().message;
    return loaded ? Code::kInternal : loaded.error().code;
  }

  aws::ScriptedTransport transport_;
  FixedCredentials credentials_;
  ManualClock clock_{TimePoint(std::chrono::hours(490'000))};
  SeededRandom random_{3};
  store::MemoryStore store_;
  std::unique_ptr<Catalog> catalog_;
  std::string message_;
};

TEST_F(RestCatalogTest, AsksForItsConfigurationOnceAndFollowsIt) {
  Open({{"warehouse", "wh one"}, {"scope", "mine"}, {"prefix", "ours"}});
  transport_.Add(200, R"({"defaults": {"prefix": "default", "rest-page-size": "2"},
                          "overrides": {"prefix": "a/b%3Ac", "uri": "https://other/x/"}})");
  Loaded();
  transport_.Add(200, Table("s3://wh/t/1.json"));
  ASSERT_TRUE(catalog_->Load(kOrders));
  EXPECT_EQ(Asked(0), "GET https://host/ice/v1/config?warehouse=wh%20one");
  EXPECT_EQ(Asked(1), "GET https://other/x/v1/a/b%3Ac/namespaces/bronze%1Feu/tables/orders");
  EXPECT_EQ(Asked(2), Asked(1));
  EXPECT_EQ(transport_.sent()[1].Find("x-iceberg-access-delegation"), "vended-credentials");
}

TEST_F(RestCatalogTest, SendsACommitAsTheSpecificationHasIt) {
  Open();
  Config();
  const LoadedTable base = Loaded();
  transport_.Add(200, Table("s3://wh/t/2.json"));
  const auto committed = Commit(base);
  ASSERT_TRUE(committed) << committed.error().message;
  EXPECT_EQ(committed->metadata_location, "s3://wh/t/2.json");
  EXPECT_EQ(Asked(2), "POST https://host/ice/v1/namespaces/bronze%1Feu/tables/orders");
  EXPECT_EQ(*codec::ParseJson(transport_.sent()[2].body), *codec::ParseJson(R"({
    "identifier": {"namespace": ["bronze", "eu"], "name": "orders"},
    "requirements": [
      {"type": "assert-table-uuid", "uuid": "u"},
      {"type": "assert-ref-snapshot-id", "ref": "main", "snapshot-id": null}],
    "updates": [
      {"action": "add-snapshot", "snapshot": {
        "snapshot-id": 9007199254740993, "sequence-number": 1, "timestamp-ms": 5,
        "manifest-list": "s3://wh/snap.avro", "schema-id": 0,
        "summary": {"operation": "append"}}},
      {"action": "set-snapshot-ref", "ref-name": "main", "type": "branch",
       "snapshot-id": 9007199254740993, "max-ref-age-ms": 7}]})"));
  EXPECT_EQ(transport_.sent()[2].Find("idempotency-key"), "");
}

TEST_F(RestCatalogTest, OnlyTheServersWordSaysThatATableIsNotThere) {
  Config();
  Error(404, "NoSuchTableException");
  EXPECT_EQ(CodeOfLoad(), Code::kNotFound);
  Config();
  Error(404, "NoSuchNamespaceException");
  EXPECT_EQ(CodeOfLoad(), Code::kNotFound);
  Config();
  transport_.Add(404, "<html>\n not found</html>");
  EXPECT_EQ(CodeOfLoad(), Code::kUnavailable);
  EXPECT_THAT(message_, HasSubstr("GET https://host/ice/v1/namespaces/bronze%1Feu/tables/orders"));
  EXPECT_THAT(message_, HasSubstr("status 404"));
  EXPECT_THAT(message_, HasSubstr("'<html>'"));
  Config();
  transport_.Add(404, R"({"message": "no Route matched with those values"})");
  EXPECT_EQ(CodeOfLoad(), Code::kUnavailable);
  Config();
  Error(404, "NotFoundException");
  EXPECT_EQ(CodeOfLoad(), Code::kCorrupt);
  Config();
  Error(404, "NoSuchViewException");
  EXPECT_EQ(CodeOfLoad(), Code::kInvalid);
  Error(404, "NoSuchTableException");  // of the configuration
  EXPECT_EQ(CodeOfLoad(), Code::kInvalid);
}

TEST_F(RestCatalogTest, TellsWhoIsRefused) {
  Config();
  Error(403, "ForbiddenException");
  EXPECT_EQ(CodeOfLoad(), Code::kDenied);
  EXPECT_THAT(message_, HasSubstr("lacks the right"));
  Error(401, "NotAuthorizedException");
  EXPECT_EQ(CodeOfLoad(), Code::kDenied);
  EXPECT_THAT(message_, HasSubstr("catalog.credential"));
  transport_.Add(302, "", {{"location", "https://login/?state=x"}});
  EXPECT_EQ(CodeOfLoad(), Code::kUnavailable);
  EXPECT_THAT(message_, HasSubstr("a redirection to https://login/"));
}

TEST_F(RestCatalogTest, WhatDoesNotSayThatItFailedSurelyIsUnknown) {
  Open();
  Config();
  const LoadedTable base = Loaded();
  const auto code_of_commit = [&] { return Commit(base).error().code; };
  for (const int status : {400, 500, 502, 503, 504}) {
    Error(status, "BadRequestException");
    EXPECT_EQ(code_of_commit(), Code::kOutcomeUnknown) << status;
  }
  transport_.Add(409, "<html>");
  EXPECT_EQ(code_of_commit(), Code::kOutcomeUnknown);
  transport_.Add(200, "<html>");
  EXPECT_EQ(code_of_commit(), Code::kOutcomeUnknown);
  transport_.Add(200, kNewerVersion);
  EXPECT_EQ(code_of_commit(), Code::kOutcomeUnknown);
  transport_.AddFailure(Code::kOutcomeUnknown);
  EXPECT_EQ(code_of_commit(), Code::kOutcomeUnknown);
  Error(409, "CommitFailedException");
  EXPECT_EQ(code_of_commit(), Code::kConflict);
  EXPECT_EQ(catalog_->Known(kOrders), std::nullopt);
  Error(404, "NoSuchTableException");
  EXPECT_EQ(code_of_commit(), Code::kNotFound);
  EXPECT_TRUE(transport_.is_used_up()) << "no commit is sent twice";
}

TEST_F(RestCatalogTest, SendsACommitAgainThatSurelyWasNotTaken) {
  Open();
  Config();
  const LoadedTable base = Loaded();
  transport_.AddFailure(Code::kUnavailable);
  Error(429, "TooManyRequestsException");
  transport_.Add(200, Table("s3://wh/t/2.json"));
  EXPECT_TRUE(Commit(base));
}

TEST_F(RestCatalogTest, SendsAKeyWhereTheServerTakesOneAndThenRepeatsChanges) {
  Open();
  Config(R"(, "idempotency-key-lifetime": "PT30M")");
  const LoadedTable base = Loaded();
  Error(503, "ServiceUnavailableException");
  transport_.AddFailure(Code::kOutcomeUnknown);
  transport_.Add(200, Table("s3://wh/t/2.json"));
  ASSERT_TRUE(Commit(base));
  const std::string key = transport_.sent()[2].Find("idempotency-key");
  // 490,000 hours are 0x19ab697e800 milliseconds.
  EXPECT_THAT(key, testing::MatchesRegex("019ab697-e800-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-.{12}"));
  EXPECT_EQ(transport_.sent()[3].Find("idempotency-key"), key);
  EXPECT_EQ(transport_.sent()[4].Find("idempotency-key"), key);
  transport_.Add(200, Table("s3://wh/t/3.json"));
  ASSERT_TRUE(Commit(base));
  EXPECT_NE(transport_.sent()[5].Find("idempotency-key"), key);
}

TEST_F(RestCatalogTest, MakesANamespaceLevelByLevelWhereItIsMissing) {
  Open();
  Config();
  Error(404, "NoSuchNamespaceException");  // the table
  Error(404, "NoSuchNamespaceException");  // bronze.eu
  Error(409, "AlreadyExistsException");    // bronze: another was faster
  transport_.Add(200, "{}");
  transport_.Add(200, Table("s3://wh/t/0.json"));
  iceberg::Schema schema;
  schema.fields = {{7, "id", true, {.kind = iceberg::TypeKind::kLong}, {}}};
  const auto created = catalog_->Create(
      {.name = kOrders, .schema = schema, .location = {}, .properties = {{"p", "v"}}});
  ASSERT_TRUE(created) << created.error().message;
  EXPECT_EQ(Asked(1), "POST https://host/ice/v1/namespaces/bronze%1Feu/tables");
  EXPECT_EQ(*codec::ParseJson(transport_.sent()[1].body), *codec::ParseJson(R"({
    "name": "orders", "stage-create": false, "properties": {"p": "v"},
    "schema": {"type": "struct", "schema-id": 0,
               "fields": [{"id": 1, "name": "id", "required": true, "type": "long"}]}})"));
  EXPECT_EQ(Asked(2), "POST https://host/ice/v1/namespaces");
  const auto name_space = [&](std::size_t n) {
    return (*codec::ParseJson(transport_.sent()[n].body))["namespace"];
  };
  EXPECT_EQ(name_space(2), Json({"bronze", "eu"}));
  EXPECT_EQ(name_space(3), Json::array({"bronze"}));
  EXPECT_EQ(name_space(4), Json({"bronze", "eu"}));
  EXPECT_EQ(Asked(5), Asked(1));
}

TEST_F(RestCatalogTest, ACreationSaysPartitionsAndSortOrder) {
  Open();
  Config();
  transport_.Add(200, Table("s3://wh/t/0.json"));
  CreateTableRequest request{kOrders, {}, "s3://wh/here", {}};
  request.schema.fields = {{7, "id", false, {.kind = iceberg::TypeKind::kLong}, {}}};
  request.spec.fields = {{1, 1000, "id_bucket", "bucket[16]"}};
  request.sort_order = {.order_id = 1,
                        .fields = {{.source_id = 1,
                                    .transform = "identity",
                                    .direction = iceberg::SortDirection::kDescending,
                                    .null_order = iceberg::NullOrder::kLast}}};
  ASSERT_TRUE(catalog_->Create(request));
  const Json body = *codec::ParseJson(transport_.sent()[1].body);
  EXPECT_EQ(body["partition-spec"], *codec::ParseJson(R"({"spec-id": 0, "fields": [
      {"source-id": 1, "field-id": 1000, "name": "id_bucket", "transform": "bucket[16]"}]})"));
  EXPECT_EQ(body["write-order"], *codec::ParseJson(R"({"order-id": 1, "fields": [
      {"source-id": 1, "transform": "identity", "direction": "desc",
       "null-order": "nulls-last"}]})"));
  EXPECT_EQ(body["location"], "s3://wh/here");
}

TEST_F(RestCatalogTest, ACreationThatIsAnsweredByAFailureOfTheServerIsUnknown) {
  Open();
  Config();
  Error(500, "InternalServerError");
  iceberg::Schema schema;
  schema.fields = {{1, "id", true, {.kind = iceberg::TypeKind::kLong}, {}}};
  const CreateTableRequest request{kOrders, schema, {}, {}};
  EXPECT_EQ(catalog_->Create(request).error().code, Code::kOutcomeUnknown);
  Error(409, "AlreadyExistsException");
  EXPECT_EQ(catalog_->Create(request).error().code, Code::kAlreadyExists);
  Error(400, "BadRequestException");
  EXPECT_EQ(catalog_->Create(request).error().code, Code::kInvalid);
  transport_.Add(200, kNewerVersion);
  EXPECT_EQ(catalog_->Create(request).error().code, Code::kUnsupported);
}

TEST_F(RestCatalogTest, ListsAllPagesOfAllLevels) {
  Open({{"rest-page-size", "1"}});
  Config();
  transport_.Add(200, R"({"namespaces": [["b"]], "next-page-token": "p/2"})");
  transport_.Add(200, R"({"namespaces": [["a"]], "next-page-token": null})");
  transport_.Add(200, R"({"namespaces": [["a"], ["b", "c"]]})");  // the outermost again
  transport_.Add(200, R"({"identifiers": [{"namespace": ["b"], "name": "t"}]})");
  transport_.Add(200, R"({"namespaces": []})");  // below a
  transport_.Add(200, R"({"identifiers": []})");
  transport_.Add(200, R"({"namespaces": []})");  // below b.c
  transport_.Add(200, R"({"identifiers": [{"namespace": ["b", "c"], "name": "s"}]})");
  const auto tables = catalog_->List();
  ASSERT_TRUE(tables) << tables.error().message;
  EXPECT_THAT(*tables, ElementsAre(TableName{{"b"}, "t"}, TableName{{"b", "c"}, "s"}));
  EXPECT_EQ(Asked(1), "GET https://host/ice/v1/namespaces?pageSize=1&pageToken=");
  EXPECT_EQ(Asked(2), "GET https://host/ice/v1/namespaces?pageSize=1&pageToken=p%2F2");
  EXPECT_EQ(Asked(3), "GET https://host/ice/v1/namespaces?parent=b&pageSize=1&pageToken=");
  EXPECT_EQ(Asked(7), "GET https://host/ice/v1/namespaces?parent=b%1Fc&pageSize=1&pageToken=");
}

TEST_F(RestCatalogTest, CommitsToSeveralTablesOnlyWhereTheServerSaysSo) {
  Open();
  Config();
  EXPECT_FALSE(catalog_->commits_together());
  Open();
  Config(R"(, "endpoints": ["GET /v1/config", "POST /v1/{prefix}/transactions/commit"])");
  EXPECT_TRUE(catalog_->commits_together());
}

TEST_F(RestCatalogTest, RenewsATokenBeforeItEndsAndOnceWhereItIsRefused) {
  Open({{"credential", "me:a&b"},
        {"oauth2-server-uri", "https://login/token"},
        {"audience", "ice"}});
  const auto token = [&](const std::string& text) {
    transport_.Add(200, R"({"access_token": ")" + text + R"(", "expires_in": 1000})");
  };
  const auto bearer = [&](std::size_t n) { return transport_.sent().at(n).Find("authorization"); };
  token("one");
  transport_.Add(200, R"({"defaults": {"prefix": ""}, "overrides": {"x": "y"}})");
  Loaded();
  EXPECT_EQ(Asked(0), "POST https://login/token");
  EXPECT_EQ(transport_.sent()[0].body,
            "grant_type=client_credentials&scope=catalog&client_id=me&client_secret=a%26b"
            "&audience=ice");
  EXPECT_EQ(bearer(0), "");
  EXPECT_EQ(bearer(2), "Bearer one");
  clock_.Advance(std::chrono::seconds(899));
  Loaded();
  EXPECT_EQ(bearer(3), "Bearer one");
  clock_.Advance(std::chrono::seconds(1));
  token("two");
  Loaded();
  EXPECT_EQ(bearer(5), "Bearer two");
  Error(419, "AuthenticationTimeoutException");
  token("three");
  Error(401, "NotAuthorizedException");
  EXPECT_EQ(catalog_->Load(kOrders).error().code, Code::kDenied);
  EXPECT_EQ(bearer(8), "Bearer three");
}

// Fields by RFC 8693, "Request"; Java's OAuth2Util.tokenExchangeRequest sends the same.
TEST_F(RestCatalogTest, ExchangesATokenForTheNextOne) {
  Open({{"token", "fi/rst"},
        {"token-exchange-enabled", "true"},
        {"token-expires-in-ms", "1000000"},
        {"oauth2-server-uri", "https://login/token"}});
  transport_.Add(200, R"({"defaults": {"prefix": ""}, "overrides": {"x": "y"}})");
  Loaded();
  const auto bearer = [&](std::size_t n) { return transport_.sent().at(n).Find("authorization"); };
  EXPECT_EQ(bearer(1), "Bearer fi/rst");
  clock_.Advance(std::chrono::seconds(900));
  transport_.Add(200, R"({"access_token": "second", "expires_in": 10})");
  Loaded();
  EXPECT_EQ(Asked(2), "POST https://login/token");
  EXPECT_EQ(transport_.sent()[2].body,
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&scope=catalog"
            "&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token"
            "&subject_token=fi%2Frst");
  EXPECT_EQ(bearer(2), "Bearer fi/rst");
  EXPECT_EQ(bearer(3), "Bearer second");
  clock_.Advance(std::chrono::seconds(10));
  transport_.Add(400, R"({"error": "invalid_grant"})");
  const auto refused = catalog_->Load(kOrders);
  EXPECT_EQ(refused.error().code, Code::kDenied);
  EXPECT_THAT(refused.error().message, HasSubstr("invalid_grant; see catalog.token"));
  EXPECT_THAT(refused.error().message, Not(HasSubstr("second")));
}

TEST_F(RestCatalogTest, TellsNoSecretOfATokenThatIsNotToBeHad) {
  Open({{"credential", "me:hush"}});
  transport_.Add(400, R"({"error": "invalid_scope", "error_description": "no such scope"})");
  const auto loaded = catalog_->Load(kOrders);
  EXPECT_EQ(loaded.error().code, Code::kDenied);
  EXPECT_THAT(loaded.error().message, HasSubstr("https://host/ice/v1/oauth/tokens"));
  EXPECT_THAT(loaded.error().message, HasSubstr("invalid_scope: no such scope"));
  EXPECT_THAT(loaded.error().message, Not(HasSubstr("hush")));
}

TEST_F(RestCatalogTest, SignsForAServiceOfAws) {
  Open({{"rest.sigv4-enabled", "true"},
        {"rest.signing-name", "s3tables"},
        {"rest.signing-region", "eu-west-1"}});
  Config();
  Loaded();
  EXPECT_THAT(transport_.sent()[1].Find("authorization"),
              HasSubstr("Credential=AKIDEXAMPLE/20251124/eu-west-1/s3tables/aws4_request"));
  Open({{"rest.sigv4-enabled", "true"}});
  EXPECT_THAT(catalog_->Load(kOrders).error().message, HasSubstr("catalog.rest.signing-region"));
  Open({{"rest.sigv4-enabled", "yes"}});
  EXPECT_THAT(catalog_->Load(kOrders).error().message, HasSubstr("'yes'"));
}

TEST_F(RestCatalogTest, RefusesRemoteSigning) {
  Open({{"header.X-Iceberg-Access-Delegation", "remote-signing"}});
  const auto loaded = catalog_->Load(kOrders);
  EXPECT_EQ(loaded.error().code, Code::kUnsupported);
  EXPECT_THAT(loaded.error().message, HasSubstr("vended-credentials"));
}

TEST_F(RestCatalogTest, ReadsAnAnswerAgainOnlyWhereTheTableHasChanged) {
  Open();
  Config();
  const LoadedTable first = Loaded();
  EXPECT_EQ(Loaded().metadata.get(), first.metadata.get());
}

}  // namespace
}  // namespace eider::catalog
