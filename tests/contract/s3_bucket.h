// A bucket of the S3 stand-in, made for one test and removed after it, and a store that reaches it.
//
// The stand-in is where EIDER_TEST_S3_ENDPOINT says; without it the tests of S3 are skipped.
#pragma once

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "eider/aws/fixed_credentials.h"
#include "eider/aws/service_client.h"
#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/http/curl_transport.h"
#include "eider/store/object_store.h"
#include "eider/store/s3_store.h"

namespace eider::store {

class S3Bucket {
 public:
  S3Bucket() {
    if (!is_there()) return;
    const auto made = client_.Send({.method = "PUT", .url = Url()});
    EXPECT_TRUE(made && made->status == 200)
        << (made ? std::to_string(made->status) + made->body : made.error().message);
  }

  ~S3Bucket() {
    if (!is_there()) return;
    std::vector<Uri> uris;
    (void)store_.List(At(""), [&](const ObjectInfo& info) {
      uris.push_back(info.uri);
      return true;
    });
    for (const Uri& uri : uris) (void)store_.Remove(uri);
    (void)client_.Send({.method = "DELETE", .url = Url()});
  }

  S3Bucket(const S3Bucket&) = delete;
  S3Bucket& operator=(const S3Bucket&) = delete;

  bool is_there() const { return !endpoint_.empty(); }

  S3Store& store() { return store_; }

  Uri At(const std::string& key) const { return {"s3", name_, key}; }

  // An object with headers that a store never writes.
  void PutWithHeaders(const std::string& key, std::vector<http::Header> headers) {
    const auto put = client_.Send(
        {.method = "PUT", .url = Url() + "/" + key, .headers = std::move(headers), .body = "x"});
    EXPECT_TRUE(put && put->status == 200)
        << (put ? std::to_string(put->status) + put->body : put.error().message);
  }

  // Uploads that were begun and neither completed nor aborted, as S3 lists them.
  std::string UploadsUnderWay() {
    const auto answer = client_.Send({.url = Url() + "?uploads="});
    return answer ? answer->body : answer.error().message;
  }

 private:
  static std::string Variable(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? "" : value;
  }

  std::string Url() const { return endpoint_ + "/" + name_; }

  S3Options Options() const {
    S3Options options;
    options.endpoint.url = endpoint_;
    options.endpoint.is_custom = true;
    options.region = region_;
    return options;
  }

  const std::string endpoint_ = Variable("EIDER_TEST_S3_ENDPOINT");
  const std::string region_ = Variable("AWS_REGION");
  SystemClock clock_;
  SystemRandom random_;
  const std::string name_ = "eider-" + NewUuid(random_);
  aws::FixedCredentials credentials_{
      {Variable("AWS_ACCESS_KEY_ID"), Variable("AWS_SECRET_ACCESS_KEY"), "", {}}};
  std::unique_ptr<http::Transport> transport_ = http::NewCurlTransport();
  aws::ServiceClient client_{{.service = "s3", .region = region_},
                             {*transport_, credentials_, clock_, random_}};
  S3Store store_{Options(), {client_, clock_, random_}};
};

}  // namespace eider::store
