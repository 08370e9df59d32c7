// A transport for tests: gives the answers it was told to, in order, and keeps the requests.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "eider/http/transport.h"

namespace eider::aws {

class ScriptedTransport final : public http::Transport {
 public:
  struct Sent {
    std::string method;
    std::string url;
    std::vector<http::Header> headers;
    std::string body;
    Milliseconds timeout;

    std::string Find(std::string_view name) const {
      for (const http::Header& header : headers) {
        if (header.name == name) return header.value;
      }
      return {};
    }
  };

  using Answer = std::function<Result<http::Response>(const http::Request&)>;

  void Add(Answer answer) { answers_.push_back(std::move(answer)); }

  void Add(int status, std::string body = {}, std::vector<http::Header> headers = {}) {
    Add([=](const http::Request&) -> Result<http::Response> {
      return http::Response{.status = status, .headers = headers, .body = body};
    });
  }

  void AddFailure(Code code, std::string message = "broken") {
    Add([=](const http::Request&) -> Result<http::Response> { return Fail(code, message); });
  }

  Result<http::Response> Send(const http::Request& request, const std::stop_token&) override {
    const std::scoped_lock lock(mutex_);
    sent_.push_back(
        {request.method, request.url, request.headers, std::string(request.body), request.timeout});
    if (answers_.empty()) {
      ADD_FAILURE() << "unexpected request: " << request.method << " " << request.url;
      return Fail(Code::kInternal, "no answer left");
    }
    const Answer answer = std::move(answers_.front());
    answers_.pop_front();
    return answer(request);
  }

  const std::vector<Sent>& sent() const { return sent_; }

  bool is_used_up() const { return answers_.empty(); }

 private:
  std::mutex mutex_;
  std::deque<Answer> answers_;
  std::vector<Sent> sent_;
};

}  // namespace eider::aws
