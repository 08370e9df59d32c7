// The loop around one call: sign, send, judge the answer, wait, repeat.
#include "eider/aws/service_client.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "eider/aws/retry_budget.h"
#include "eider/aws/service_codes.h"
#include "eider/aws/sigv4.h"
#include "eider/aws/time_text.h"
#include "eider/codec/sha256.h"

namespace eider::aws {
namespace {

// A Date further off than this means that our clock, not the network, is the cause.
constexpr Milliseconds kSkewMax = std::chrono::minutes(5);

// What one attempt came to.
enum class Verdict {
  kFinal,        // the answer or error goes to the caller
  kNoEffect,     // failed before any effect: always repeated
  kMaybeEffect,  // failed, perhaps after an effect: repeated where the call is repeatable
};

Verdict Judge(const Result<http::Response>& outcome, const ServiceError& error) {
  if (!outcome) {
    if (outcome.error().code == Code::kUnavailable) return Verdict::kNoEffect;
    return outcome.error().code == Code::kOutcomeUnknown ? Verdict::kMaybeEffect : Verdict::kFinal;
  }
  if (outcome->status == 429 || IsThrottling(error.code)) return Verdict::kNoEffect;
  if (outcome->status >= 500 || IsTransient(error.code)) return Verdict::kMaybeEffect;
  return Verdict::kFinal;
}

// How long the service asks us to wait, in seconds or, as some services do, in milliseconds.
Milliseconds RetryAfter(const http::Response& response) {
  int amount = 0;
  const auto read = [&](std::string_view name) {
    const std::string_view text = response.Find(name);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
    return error == std::errc() && end == text.data() + text.size() && amount > 0;
  };
  if (read("x-amz-retry-after")) return Milliseconds(amount);
  if (read("retry-after")) return std::chrono::seconds(amount);
  return Milliseconds(0);
}

std::string Doing(const Call& call) {
  return fmt::format("{} {}", call.method, call.url.substr(0, call.url.find('?')));
}

}  // namespace

// What one call remembers from attempt to attempt.
struct Attempts {
  const Call& call;
  const std::stop_token& stop;
  Backoff backoff;
  int paid = 0;  // tokens of the last retry
  bool renewed_credentials = false;
  bool corrected_clock = false;
};

class ServiceClient::State {
 public:
  State(ClientOptions options, ClientDeps deps) : options_(std::move(options)), deps_(deps) {}

  Result<http::Response> Send(const Call& call, const std::stop_token& stop) {
    Attempts attempts{call, stop, Backoff(options_.retry, deps_.clock, deps_.random)};
    while (true) {
      EIDER_ASSIGN(const Credentials credentials, GetCredentials());
      Result<http::Response> outcome = SendOnce(call, credentials, stop);
      const ServiceError error =
          outcome && outcome->status >= 400 ? ParseServiceError(*outcome) : ServiceError();
      const Verdict verdict = Judge(outcome, error);
      if (verdict == Verdict::kFinal) {
        if (outcome && MayCure(*outcome, error, credentials, attempts)) continue;
        return Finish(std::move(outcome), attempts);
      }
      const bool may_repeat = verdict == Verdict::kNoEffect || call.is_repeatable;
      if (may_repeat && WaitForNext(outcome, attempts)) continue;
      if (stop.stop_requested() && may_repeat) {
        return Fail(Code::kCancelled, Doing(call) + ": stopped on request");
      }
      return std::unexpected(GiveUp(outcome, error, may_repeat, attempts));
    }
  }

 private:
  Result<Credentials> GetCredentials() {
    Result<Credentials> credentials = deps_.credentials.Get();
    if (!credentials && credentials.error().code == Code::kNotFound) {
      return Fail(Code::kDenied, credentials.error().message);
    }
    return credentials;
  }

  Result<http::Response> SendOnce(const Call& call, const Credentials& credentials,
                                  const std::stop_token& stop) {
    const TimePoint now = deps_.clock.Now() + Milliseconds(clock_offset_ms_.load());
    const SigningScope scope{now, options_.region, options_.service};
    const std::string hash = PayloadHash(call);
    const SignedParts parts{call.method, call.url, call.headers, hash};
    const http::Request request{.method = call.method,
                                .url = call.url,
                                .headers = SignHeaders(parts, credentials, scope, keys_),
                                .body = call.body,
                                .sink = call.sink,
                                .timeout = call.timeout};
    Result<http::Response> outcome = deps_.transport.Send(request, stop);
    if (!outcome && outcome.error().code == Code::kCancelled && !call.is_repeatable) {
      // It may have been on its way when the stop came.
      return Fail(Code::kOutcomeUnknown, std::move(outcome).error().message);
    }
    return outcome;
  }

  // TLS protects the body of an upload already; a hash of it would cost time for nothing.
  std::string PayloadHash(const Call& call) const {
    const bool is_protected = options_.service == "s3" && call.url.starts_with("https://");
    if (is_protected && !call.body.empty()) return std::string(kUnsignedPayload);
    return codec::Sha256Hex(call.body);
  }

  // True when the refusal's cause is gone: newer credentials, or a corrected clock. Once each.
  bool MayCure(const http::Response& response, const ServiceError& error,
               const Credentials& credentials, Attempts& attempts) {
    if (response.status < 400) return false;
    if (IsExpiredCredentials(error.code) && !attempts.renewed_credentials) {
      attempts.renewed_credentials = true;
      deps_.credentials.Reject(credentials);
      const Result<Credentials> next = deps_.credentials.Get();
      return next && *next != credentials;
    }
    const bool is_refused =
        response.status == 400 || response.status == 401 || response.status == 403;
    if (is_refused && !attempts.corrected_clock) {
      attempts.corrected_clock = true;
      return CorrectClock(response, error);
    }
    return false;
  }

  bool CorrectClock(const http::Response& response, const ServiceError& error) {
    const std::optional<TimePoint> theirs = ParseHttpDate(response.Find("date"));
    if (!theirs) return false;
    const Milliseconds offset = *theirs - deps_.clock.Now();
    const Milliseconds change = offset - Milliseconds(clock_offset_ms_.load());
    if (std::chrono::abs(change) <= kSkewMax && !IsClockSkew(error.code)) return false;
    clock_offset_ms_ = offset.count();
    return true;
  }

  // Waits as long as backoff and service ask. False: no further attempt.
  bool WaitForNext(const Result<http::Response>& outcome, Attempts& attempts) {
    const bool timed_out = !outcome && outcome.error().code == Code::kOutcomeUnknown;
    const int cost = timed_out ? RetryBudget::kTimeOutCost : RetryBudget::kRetryCost;
    std::optional<Milliseconds> wait = attempts.backoff.NextWait();
    if (!wait || !budget_.TrySpend(cost)) return false;
    attempts.paid = cost;
    if (outcome) wait = std::max(*wait, std::min(RetryAfter(*outcome), options_.retry.max_wait));
    deps_.clock.SleepFor(*wait, attempts.stop);
    return !attempts.stop.stop_requested();
  }

  Result<http::Response> Finish(Result<http::Response> outcome, const Attempts& attempts) {
    if (outcome) budget_.Refund(attempts.paid > 0 ? attempts.paid : RetryBudget::kPlainSuccess);
    return outcome;
  }

  // `surely_safe`: no attempt can have had an effect that matters.
  static Error GiveUp(const Result<http::Response>& outcome, const ServiceError& error,
                      bool surely_safe, const Attempts& attempts) {
    const std::string doing = attempts.backoff.retries() == 0
                                  ? Doing(attempts.call)
                                  : fmt::format("{} (after {} retries)", Doing(attempts.call),
                                                attempts.backoff.retries());
    Error cause = outcome ? ToError(error) : outcome.error();
    cause.code = surely_safe ? Code::kUnavailable : Code::kOutcomeUnknown;
    return outcome ? Annotate(doing, std::move(cause)) : cause;
  }

  const ClientOptions options_;
  const ClientDeps deps_;
  SigningKeyCache keys_;
  RetryBudget budget_;
  std::atomic<std::int64_t> clock_offset_ms_{0};  // what to add to our clock to have theirs
};

ServiceClient::ServiceClient(ClientOptions options, ClientDeps deps)
    : state_(std::make_unique<State>(std::move(options), deps)) {}

ServiceClient::~ServiceClient() = default;

Result<http::Response> ServiceClient::Send(const Call& call, const std::stop_token& stop) {
  return state_->Send(call, stop);
}

}  // namespace eider::aws
