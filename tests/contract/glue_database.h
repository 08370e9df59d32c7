// Table pointers in the Glue stand-in, in databases that no other test has.
//
// The stand-in is where EIDER_TEST_GLUE_ENDPOINT says; without it the tests of Glue are skipped.
#pragma once

#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "eider/aws/fixed_credentials.h"
#include "eider/aws/json_service.h"
#include "eider/aws/service_client.h"
#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/catalog/glue_table_pointer.h"
#include "eider/http/curl_transport.h"

namespace eider::catalog {

// Namespaces of the suite have two levels, and its lists must show its own tables only: "bronze.eu"
// is the Glue database "<prefix>bronze__eu" here.
class GlueDatabase {
 public:
  bool is_there() const { return !endpoint_.empty(); }

  aws::JsonService& service() { return service_; }

  iceberg::TableName InGlue(const iceberg::TableName& table) const {
    std::string database = prefix_;
    for (const std::string& level : table.name_space) {
      database += (database.size() == prefix_.size() ? "" : "__") + level;
    }
    return {{database}, table.name};
  }

  bool IsOurs(const iceberg::TableName& in_glue) const {
    return in_glue.name_space.front().starts_with(prefix_);
  }

  iceberg::TableName FromGlue(const iceberg::TableName& in_glue) const {
    const std::string database = in_glue.name_space.front().substr(prefix_.size());
    const std::size_t end = database.find("__");
    if (end == std::string::npos) return {{database}, in_glue.name};
    return {{database.substr(0, end), database.substr(end + 2)}, in_glue.name};
  }

  // The stand-in takes a stale VersionId without complaint: what Glue itself refuses between
  // reading and writing is kept out by this.
  std::mutex& one_swap_at_a_time() { return swapping_; }

 private:
  static std::string FromEnvironment() {
    const char* endpoint = std::getenv("EIDER_TEST_GLUE_ENDPOINT");
    return endpoint == nullptr ? "" : endpoint;
  }

  const std::string endpoint_ = FromEnvironment();
  SystemClock clock_;
  SystemRandom random_;
  const std::string prefix_ = "t" + NewUuid(random_).substr(0, 8) + "_";
  std::unique_ptr<http::Transport> transport_ = http::NewCurlTransport();
  aws::FixedCredentials credentials_{{"eider-test", "eider-test-secret", "", {}}};
  aws::ServiceClient client_{{.service = "glue", .region = "us-east-1"},
                             {*transport_, credentials_, clock_, random_}};
  aws::JsonService service_{client_, {endpoint_, "AWSGlue", "1.1"}};
  std::mutex swapping_;
};

// One client of such a database. Borrows it.
class PointerInDatabase final : public TablePointer {
 public:
  explicit PointerInDatabase(GlueDatabase& glue)
      : glue_(glue), inner_(NewGlueTablePointer(glue.service(), {.region = "us-east-1"})) {}

  Result<std::string> Read(const iceberg::TableName& table) override {
    return inner_->Read(glue_.InGlue(table));
  }

  Status Create(const iceberg::TableName& table, const std::string& location,
                const iceberg::TableMetadata& metadata) override {
    return inner_->Create(glue_.InGlue(table), location, metadata);
  }

  Status Swap(const catalog::PointerMove& move) override {
    const std::scoped_lock lock(glue_.one_swap_at_a_time());
    catalog::PointerMove in_glue = move;
    in_glue.table = glue_.InGlue(move.table);
    return inner_->Swap(in_glue);
  }

  Status Drop(const iceberg::TableName& table, const std::string& expected) override {
    return inner_->Drop(glue_.InGlue(table), expected);
  }

  Result<std::vector<iceberg::TableName>> List() override {
    EIDER_ASSIGN(const auto found, inner_->List());
    std::vector<iceberg::TableName> ours;
    for (const iceberg::TableName& table : found) {
      if (glue_.IsOurs(table)) ours.push_back(glue_.FromGlue(table));
    }
    return ours;
  }

 private:
  GlueDatabase& glue_;
  std::unique_ptr<TablePointer> inner_;
};

}  // namespace eider::catalog
