// A catalog in the REST stand-in, in namespaces that no other test has.
//
// The stand-in is where EIDER_TEST_REST_ENDPOINT says, and its tables are in the S3 stand-in;
// without them the tests of REST are skipped.
#pragma once

#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "catalog_place.h"
#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/catalog/rest_catalog.h"
#include "eider/http/curl_transport.h"
#include "s3_bucket.h"

namespace eider::catalog {

// Fails the next change that is asked for, on demand.
class SwitchedTransport final : public http::Transport {
 public:
  SwitchedTransport(http::Transport& inner, const Fault* fault) : inner_(inner), fault_(fault) {}

  Result<http::Response> Send(const http::Request& request, const std::stop_token& stop) override {
    if (request.method == "GET") return inner_.Send(request, stop);
    return Faulty<http::Response>(fault_, [&] { return inner_.Send(request, stop); });
  }

 private:
  http::Transport& inner_;
  const Fault* fault_;
};

class NoCredentials final : public aws::CredentialsProvider {
 public:
  Result<aws::Credentials> Get() override { return Fail(Code::kNotFound, "there are none"); }
};

// Namespaces of the suite must be this test's alone, and its lists show its own tables only:
// "bronze.eu" is "<prefix>bronze.eu" here.
class RestInNamespaces final : public Catalog {
 public:
  RestInNamespaces(std::string prefix, std::unique_ptr<Catalog> inner)
      : prefix_(std::move(prefix)), inner_(std::move(inner)) {}

  Result<LoadedTable> Load(const iceberg::TableName& table) override {
    return inner_->Load(There(table));
  }

  std::optional<LoadedTable> Known(const iceberg::TableName& table) override {
    return inner_->Known(There(table));
  }

  Result<LoadedTable> Create(const CreateTableRequest& request) override {
    CreateTableRequest there = request;
    there.name = There(request.name);
    return inner_->Create(there);
  }

  Result<LoadedTable> Commit(const iceberg::TableName& table, const LoadedTable& base,
                             const iceberg::TableChange& change) override {
    return inner_->Commit(There(table), base, change);
  }

  bool commits_together() const override { return inner_->commits_together(); }

  Result<std::vector<LoadedTable>> CommitAll(std::span<const TableCommit> commits) override {
    std::vector<TableCommit> there(commits.begin(), commits.end());
    for (TableCommit& commit : there) commit.table = There(commit.table);
    return inner_->CommitAll(there);
  }

  Status Drop(const iceberg::TableName& table, const LoadedTable& base) override {
    return inner_->Drop(There(table), base);
  }

  Result<std::vector<iceberg::TableName>> List() override {
    EIDER_ASSIGN(auto found, inner_->List());
    std::vector<iceberg::TableName> ours;
    for (iceberg::TableName& table : found) {
      std::string& outermost = table.name_space.front();
      if (!outermost.starts_with(prefix_)) continue;
      outermost.erase(0, prefix_.size());
      ours.push_back(std::move(table));
    }
    return ours;
  }

 private:
  iceberg::TableName There(iceberg::TableName table) const {
    table.name_space.front().insert(0, prefix_);
    return table;
  }

  std::string prefix_;
  std::unique_ptr<Catalog> inner_;
};

class RestPlace final : public CatalogPlace {
 public:
  std::string missing() const override {
    return endpoint_.empty() || !bucket_.is_there() ? "EIDER_TEST_REST_ENDPOINT is not set" : "";
  }

  std::unique_ptr<Catalog> Client(const Fault* fault) override {
    transports_.push_back(std::make_unique<SwitchedTransport>(*transport_, fault));
    auto catalog = NewRestCatalog(
        {.server = {.uri = endpoint_, .properties = {}, .aws_region = ""},
         .warehouse = bucket_.At("")},
        {.store = bucket_.store(), .server = {*transports_.back(), credentials_, clock_, random_}});
    return std::make_unique<RestInNamespaces>(prefix_, std::move(catalog));
  }

  store::ObjectStore& store() override { return bucket_.store(); }

  std::string root() const override { return bucket_.At(prefix_).ToString(); }

  bool writes_metadata() const override { return false; }

 private:
  static std::string FromEnvironment() {
    const char* endpoint = std::getenv("EIDER_TEST_REST_ENDPOINT");
    return endpoint == nullptr ? "" : endpoint;
  }

  const std::string endpoint_ = FromEnvironment();
  SystemClock clock_;
  SystemRandom random_;
  const std::string prefix_ = "t" + NewUuid(random_).substr(0, 8) + "_";
  store::S3Bucket bucket_;
  std::unique_ptr<http::Transport> transport_ = http::NewCurlTransport();
  NoCredentials credentials_;
  std::vector<std::unique_ptr<SwitchedTransport>> transports_;
};

}  // namespace eider::catalog
