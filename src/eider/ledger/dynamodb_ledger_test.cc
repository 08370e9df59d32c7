// What only the DynamoDB ledger has: its requests, lost answers, races, and items that expire.
#include "eider/ledger/dynamodb_ledger.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/aws/fixed_credentials.h"
#include "eider/aws/service_client.h"
#include "eider/ledger/claim_owner.h"
#include "eider/ledger/testing/pretend_dynamodb.h"

namespace eider::ledger {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const LoadResult kLoaded{"src", "bronze.orders", 77, 9};

FileRef File(const std::string& key) {
  return {{"s3", "src", key}, "", "e", 10, ""};
}

std::string KeyOf(const std::string& key) {
  return "s3://src/" + key + " etag:e:10";
}

class DynamoDbLedgerTest : public ::testing::Test {
 protected:
  std::unique_ptr<Ledger> Open(int keep_days = 0, std::string owner = "tester") {
    return OpenDynamoDbLedger({.table = "loads",
                               .region = "eu-west-1",
                               .keep_days = keep_days,
                               .owner = std::move(owner)},
                              {service_, clock_, random_});
  }

  Claim MustClaim(Ledger& ledger, const std::string& key) {
    const FileRef file = File(key);
    auto outcomes = ledger.TryClaim({&file, 1}, {});
    EXPECT_TRUE(outcomes) << outcomes.error().message;
    if (!outcomes || !std::holds_alternative<Claim>(outcomes->front())) {
      ADD_FAILURE() << key << " is not claimed";
      return {};
    }
    return std::get<Claim>(outcomes->front());
  }

  const std::string& StateOf(const std::string& key) {
    return dynamodb_.items.at(KeyOf(key)).at("state").at("S").get_ref<const std::string&>();
  }

  PretendDynamoDb dynamodb_;
  aws::FixedCredentials credentials_{{"id", "secret", "", {}}};
  ManualClock clock_{TimePoint(Milliseconds(1'700'000'000'000))};
  SeededRandom random_{7};
  aws::ServiceClient client_{{.service = "dynamodb", .region = "eu-west-1", .retry = {}},
                             {dynamodb_, credentials_, clock_, random_}};
  aws::JsonService service_{client_, {"https://dynamodb", "DynamoDB_20120810", "1.0"}};
};

TEST_F(DynamoDbLedgerTest, NewFileIsOneRequestToClaimOneToRenewOneToFinish) {
  const auto ledger = Open();
  const Claim claim = MustClaim(*ledger, "a");
  EXPECT_THAT(dynamodb_.TakeOperations(), ElementsAre("PutItem"));
  ASSERT_TRUE(ledger->Renew({&claim, 1}, Milliseconds(1'000)));
  EXPECT_THAT(dynamodb_.TakeOperations(), ElementsAre("PutItem"));
  ASSERT_TRUE(ledger->Finish({{{claim, kLoaded}}}));
  EXPECT_THAT(dynamodb_.TakeOperations(), ElementsAre("PutItem"));
  EXPECT_EQ(StateOf("a"), "LOADED");
}

TEST_F(DynamoDbLedgerTest, LoadedFileIsToldByOneRequest) {
  const auto ledger = Open();
  ASSERT_TRUE(ledger->Finish({{{MustClaim(*ledger, "a"), kLoaded}}}));
  dynamodb_.TakeOperations();
  const FileRef file = File("a");
  const auto outcomes = Open()->TryClaim({&file, 1}, {});
  EXPECT_EQ(std::get<AlreadyLoaded>(outcomes->front()).snapshot_id, 77);
  EXPECT_THAT(dynamodb_.TakeOperations(), ElementsAre("PutItem"));
}

TEST_F(DynamoDbLedgerTest, FilesOfACommitAreFinishedByOneTransactionPerHundred) {
  const auto ledger = Open();
  std::vector<Ledger::Finished> finished;
  for (int i = 0; i < 101; ++i) {
    finished.push_back({MustClaim(*ledger, std::to_string(i)), kLoaded});
  }
  dynamodb_.TakeOperations();
  ASSERT_TRUE(ledger->Finish(finished));
  EXPECT_THAT(dynamodb_.TakeOperations(), ElementsAre("TransactWriteItems", "PutItem"));
  for (int i = 0; i < 101; ++i) EXPECT_EQ(StateOf(std::to_string(i)), "LOADED");
}

PartRecord Part(const std::string& value) {
  PartRecord part;
  part.route = "orders";
  part.values = {value};
  part.target_table = "bronze.orders";
  return part;
}

TEST_F(DynamoDbLedgerTest, PartsAreOneRequestEachTime) {
  const auto ledger = Open();
  const Claim claim = MustClaim(*ledger, "a");
  std::vector<PartRecord> parts = {Part("x"), Part("y")};
  dynamodb_.TakeOperations();
  ASSERT_TRUE(ledger->RecordParts(claim, parts));
  parts[0].is_loaded = true;
  ASSERT_TRUE(ledger->RecordParts(claim, parts));
  ASSERT_TRUE(ledger->Renew({&claim, 1}, Milliseconds(1'000)));
  EXPECT_THAT(dynamodb_.TakeOperations(), ElementsAre("PutItem", "PutItem", "PutItem"));
  clock_.Advance(Milliseconds(1'000));
  EXPECT_EQ(MustClaim(*Open(), "a").parts, parts);
}

TEST_F(DynamoDbLedgerTest, PartsWhoseAnswerWasLostAreRecorded) {
  const auto ledger = Open();
  const Claim claim = MustClaim(*ledger, "a");
  dynamodb_.lose_next_answer = true;
  ASSERT_TRUE(ledger->RecordParts(claim, std::vector{Part("x")}));
  ASSERT_TRUE(ledger->SetAside(claim, State::kHeld, {}, "disabled"));
  EXPECT_EQ(StateOf("a"), "HELD");
  EXPECT_EQ(MustClaim(*Open(), "a").parts, std::vector{Part("x")});
}

// A transaction holds 4 MB.
TEST_F(DynamoDbLedgerTest, FilesWithLargePartsAreFinishedByFewerAtATime) {
  const auto ledger = Open();
  LoadResult result = kLoaded;
  result.parts = {Part(std::string(290'000, 'x'))};
  std::vector<Ledger::Finished> finished;
  for (int i = 0; i < 14; ++i) finished.push_back({MustClaim(*ledger, std::to_string(i)), result});
  dynamodb_.TakeOperations();
  std::size_t bytes_max = 0;
  dynamodb_.on_body = [&](std::size_t bytes) { bytes_max = std::max(bytes_max, bytes); };
  ASSERT_TRUE(ledger->Finish(finished));
  EXPECT_THAT(dynamodb_.TakeOperations(),
              ElementsAre("TransactWriteItems", "TransactWriteItems", "TransactWriteItems"));
  EXPECT_LT(bytes_max, 4'000'000U);
  for (int i = 0; i < 14; ++i) EXPECT_EQ(StateOf(std::to_string(i)), "LOADED");
}

TEST_F(DynamoDbLedgerTest, ClaimWhoseAnswerWasLostIsStillOurs) {
  const auto ledger = Open();
  dynamodb_.lose_next_answer = true;
  const Claim claim = MustClaim(*ledger, "a");
  EXPECT_FALSE(claim.interrupted_since);
  EXPECT_THAT(dynamodb_.TakeOperations(), ElementsAre("PutItem", "PutItem"));
  EXPECT_EQ(dynamodb_.items.at(KeyOf("a")).at("attempts").at("N"), "1");
  dynamodb_.lose_next_answer = true;
  ASSERT_TRUE(ledger->Finish({{{claim, kLoaded}}}));
  EXPECT_EQ(StateOf("a"), "LOADED");
}

TEST_F(DynamoDbLedgerTest, TransactionWhoseAnswerWasLostIsDone) {
  const auto ledger = Open();
  const std::vector<Ledger::Finished> finished = {{MustClaim(*ledger, "a"), kLoaded},
                                                  {MustClaim(*ledger, "b"), kLoaded}};
  dynamodb_.lose_next_answer = true;
  ASSERT_TRUE(ledger->Finish(finished));
  EXPECT_EQ(StateOf("a"), "LOADED");
  EXPECT_EQ(StateOf("b"), "LOADED");
}

TEST_F(DynamoDbLedgerTest, FinishOfALostClaimIsDecidedOnTheRowThatIsThere) {
  const auto ledger = Open();
  const Claim lost = MustClaim(*ledger, "a");
  const Claim kept = MustClaim(*ledger, "b");
  clock_.Advance(Milliseconds(300'000));
  MustClaim(*Open(), "a");
  ASSERT_TRUE(ledger->Finish({{{lost, kLoaded}, {kept, kLoaded}}}));
  EXPECT_EQ(StateOf("a"), "LOADED");
  EXPECT_EQ(StateOf("b"), "LOADED");
  EXPECT_EQ(dynamodb_.items.at(KeyOf("a")).at("attempts").at("N"), "2");
}

TEST_F(DynamoDbLedgerTest, FinishAfterTheItemWasRemovedMakesItAnew) {
  const auto ledger = Open();
  const Claim claim = MustClaim(*ledger, "a");
  dynamodb_.items.clear();
  ASSERT_TRUE(ledger->Finish({{{claim, kLoaded}}}));
  EXPECT_EQ(StateOf("a"), "LOADED");
}

TEST_F(DynamoDbLedgerTest, FailedCallClaimsNothing) {
  const auto ledger = Open();
  ASSERT_TRUE(ledger->Release(MustClaim(*ledger, "b"), {}, Error{Code::kInvalid, "bad"}));
  const auto before = dynamodb_.items;
  dynamodb_.items[KeyOf("c")] = {{"file", {{"S", KeyOf("c")}}}};  // no row of a ledger
  const std::vector<FileRef> files = {File("a"), File("b"), File("c")};
  const auto outcomes = ledger->TryClaim(files, {});
  ASSERT_FALSE(outcomes);
  EXPECT_EQ(outcomes.error().code, Code::kCorrupt);
  EXPECT_THAT(outcomes.error().message, HasSubstr("ledger loads in eu-west-1"));
  EXPECT_THAT(outcomes.error().message, HasSubstr("attribute uri is missing"));
  EXPECT_FALSE(dynamodb_.items.contains(KeyOf("a")));
  EXPECT_EQ(StateOf("b"), "FAILED");
  EXPECT_EQ(dynamodb_.items.at(KeyOf("b")).at("attempts"), before.at(KeyOf("b")).at("attempts"));
}

TEST_F(DynamoDbLedgerTest, DeadProcessOfThisMachineHoldsNothing) {
  ClaimOwner self = *CurrentClaimOwner();
  ClaimOwner dead = self;
  dead.start_ticks -= 1;  // an earlier process with our pid
  MustClaim(*Open(0, dead.ToText()), "a");
  const FileRef file = File("a");
  const auto stranger = Open(0, "lambda sandbox")->TryClaim({&file, 1}, {});
  EXPECT_TRUE(std::holds_alternative<HeldByAnother>(stranger->front()));
  EXPECT_TRUE(MustClaim(*Open(0, self.ToText()), "a").interrupted_since);
}

TEST_F(DynamoDbLedgerTest, OnlyFinishedFilesExpire) {
  const auto ledger = Open(2);
  const std::string expires_at = std::to_string(1'700'000'000 + 2 * 86'400);
  const Claim loaded = MustClaim(*ledger, "loaded");
  EXPECT_FALSE(dynamodb_.items.at(KeyOf("loaded")).contains("expires_at"));
  ASSERT_TRUE(ledger->Finish({{{loaded, kLoaded}}}));
  EXPECT_EQ(dynamodb_.items.at(KeyOf("loaded")).at("expires_at").at("N"), expires_at);
  const Claim failed = MustClaim(*ledger, "failed");
  ASSERT_TRUE(ledger->Release(failed, {}, Error{Code::kInvalid, "bad"}));
  EXPECT_EQ(dynamodb_.items.at(KeyOf("failed")).at("expires_at").at("N"), expires_at);
  MustClaim(*ledger, "failed");
  EXPECT_FALSE(dynamodb_.items.at(KeyOf("failed")).contains("expires_at"));
  const Claim unknown = MustClaim(*ledger, "unknown");
  ASSERT_TRUE(ledger->Release(unknown, {}, Error{Code::kOutcomeUnknown, "may be in"}));
  EXPECT_FALSE(dynamodb_.items.at(KeyOf("unknown")).contains("expires_at"));
  const auto forever = Open();
  ASSERT_TRUE(forever->Finish({{{MustClaim(*forever, "kept"), kLoaded}}}));
  EXPECT_FALSE(dynamodb_.items.at(KeyOf("kept")).contains("expires_at"));
}

// Taken for an answer, it would be a claim that nobody wrote down.
TEST_F(DynamoDbLedgerTest, AnEmptyAnswerClaimsNothing) {
  dynamodb_.answer_always = {.status = 200, .headers = {}, .body = ""};
  const FileRef file = File("a");
  const auto outcomes = Open()->TryClaim({&file, 1}, {});
  ASSERT_FALSE(outcomes);
  EXPECT_EQ(outcomes.error().code, Code::kCorrupt);
}

TEST_F(DynamoDbLedgerTest, ErrorsNameTableRegionAndWayOut) {
  const auto fails = [&](int status, const char* type) {
    dynamodb_.answer_always = {
        .status = status, .headers = {}, .body = std::string(R"({"__type":")") + type + R"("})"};
    const FileRef file = File("a");
    auto outcomes = Open()->TryClaim({&file, 1}, {});
    EXPECT_FALSE(outcomes) << type;
    return outcomes ? Error{} : outcomes.error();
  };
  Error error = fails(400, "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException");
  EXPECT_EQ(error.code, Code::kNotFound);
  EXPECT_THAT(error.message, HasSubstr("ledger loads in eu-west-1 does not exist; create it, with "
                                       "the partition key file (a string)"));
  error = fails(400, "com.amazon.coral.service#AccessDeniedException");
  EXPECT_EQ(error.code, Code::kDenied);
  EXPECT_THAT(error.message, HasSubstr("need dynamodb:PutItem"));
  error = fails(400, "com.amazon.coral.validate#ValidationException");
  EXPECT_EQ(error.code, Code::kInvalid);
  EXPECT_THAT(error.message, HasSubstr("its partition key must be file (a string)"));
  error = fails(404, "");  // a proxy's
  EXPECT_EQ(error.code, Code::kUnavailable);
  EXPECT_THAT(error.message, HasSubstr("is the endpoint right"));
  error = fails(500, "com.amazonaws.dynamodb.v20120810#InternalServerError");
  EXPECT_EQ(error.code, Code::kUnavailable);
  EXPECT_THAT(error.message, HasSubstr("ledger loads in eu-west-1"));
}

}  // namespace
}  // namespace eider::ledger
