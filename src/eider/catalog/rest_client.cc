// The loop around one call, and what its answer means.
#include "eider/catalog/rest_client.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/catalog/rest_json.h"
#include "eider/codec/shortened_text.h"

namespace eider::catalog {
namespace {

constexpr std::size_t kShownBytesMax = 120;
constexpr int kAuthenticationTimeout = 419;

bool IsSuccess(int status) {
  return status / 100 == 2;
}

// "GET https://host/v1/config", without a query.
std::string Doing(const RestClientOptions& options, const RestCall& call) {
  return fmt::format("{} {}{}", call.method, options.server_uri,
                     call.path.substr(0, call.path.find('?')));
}

// The beginning of a page that came in place of an answer. JSON may hold credentials.
std::string Shown(std::string_view body) {
  body.remove_prefix(std::min(body.find_first_not_of(" \t\r\n"), body.size()));
  if (body.empty()) return "nothing";
  if (body.front() == '{' || body.front() == '[') return "other JSON";
  const std::string_view line = body.substr(0, body.find_first_of("\r\n"));
  return fmt::format("'{}'", codec::Shortened(line, kShownBytesMax));
}

Milliseconds RetryAfter(const http::Response& answer) {
  const std::string_view text = answer.Find("retry-after");
  int seconds = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const bool is_number = failure == std::errc() && end == text.data() + text.size();
  return is_number ? Milliseconds(std::chrono::seconds(std::clamp(seconds, 0, 60)))
                   : Milliseconds(0);
}

// Whether the call may be sent again as it is.
bool MayRepeat(const Result<http::Response>& outcome, const RestCall& call) {
  const bool is_harmless = call.effect == RestEffect::kNone || !call.idempotency_key.empty();
  if (!outcome) {
    if (outcome.error().code == Code::kUnavailable) return true;
    return outcome.error().code == Code::kOutcomeUnknown && is_harmless;
  }
  if (outcome->status == 429) return true;
  return outcome->status >= 500 && is_harmless;
}

bool IsRefusal(const http::Response& answer) {
  return answer.status == 401 || answer.status == kAuthenticationTimeout;
}

// What an Iceberg error means by its type, else by its status.
Code CodeOf(const RestErrorBody& body, int status, RestEffect effect) {
  if (body.type == "NoSuchTableException" || body.type == "NoSuchNamespaceException") {
    return Code::kNotFound;
  }
  if (body.type == "AlreadyExistsException") return Code::kAlreadyExists;
  if (body.type == "CommitFailedException") return Code::kConflict;
  if (body.type == "NoSuchIcebergTableException") return Code::kUnsupported;
  // A file of the table is missing, not the table.
  if (body.type == "NotFoundException" && status == 404) return Code::kCorrupt;
  if (status == 409) {
    return effect == RestEffect::kCommit ? Code::kConflict : Code::kAlreadyExists;
  }
  if (status == 401 || status == 403 || status == kAuthenticationTimeout) return Code::kDenied;
  if (status == 406 || status == 501) return Code::kUnsupported;
  return Code::kInvalid;
}

std::string_view AdviceFor(Code code, int status) {
  if (code != Code::kDenied) return "";
  if (status == 403) return "; the catalog's principal lacks the right to it";
  return "; see catalog.credential, catalog.token or catalog.rest.sigv4-enabled";
}

}  // namespace

RestClient::RestClient(RestClientOptions options, std::unique_ptr<RestAuth> auth,
                       const RestAuthDeps& deps)
    : options_(std::move(options)), auth_(std::move(auth)), deps_(deps) {}

std::expected<http::Response, Error> RestClient::Send(const RestCall& call) {
  http::Request request{.method = call.method,
                        .url = options_.server_uri + call.path,
                        .headers = options_.headers,
                        .body = call.body};
  request.headers.push_back({"accept", "application/json"});
  if (!call.body.empty()) request.headers.push_back({"content-type", "application/json"});
  if (!call.idempotency_key.empty()) {
    request.headers.push_back({"idempotency-key", call.idempotency_key});
  }
  const std::vector<http::Header> own_headers = request.headers;
  Backoff backoff(options_.retry, deps_.clock, deps_.random);
  bool is_renewed = false;
  while (true) {
    request.headers = own_headers;
    EIDER_ASSIGN(request.headers, auth_->Headers(request));
    Result<http::Response> outcome = deps_.transport.Send(request, {});
    if (outcome && IsRefusal(*outcome) && !is_renewed && auth_->MayRenew(request.headers)) {
      is_renewed = true;
      continue;
    }
    if (!MayRepeat(outcome, call)) return outcome;
    std::optional<Milliseconds> wait = backoff.NextWait();
    if (!wait) return outcome;
    if (outcome) wait = std::max(*wait, RetryAfter(*outcome));
    deps_.clock.SleepFor(*wait, {});
  }
}

std::expected<std::string, RestFailure> RestClient::Ask(const RestCall& call) {
  auto answer = Send(call);
  if (answer && IsSuccess(answer->status)) return std::move(answer->body);
  if (answer) return std::unexpected(Refused(call, *answer));
  Error error = Annotate("the REST catalog", std::move(answer).error());
  if (error.code == Code::kOutcomeUnknown && call.effect == RestEffect::kNone) {
    error.code = Code::kUnavailable;
  }
  return std::unexpected(RestFailure{std::move(error)});
}

RestFailure RestClient::Refused(const RestCall& call, const http::Response& answer) const {
  const auto body = ParseRestError(answer.body);
  if (!body) return {.error = NotIceberg(call, answer), .status = answer.status};
  Code code = CodeOf(*body, answer.status, call.effect);
  if (answer.status == 429) {
    code = Code::kUnavailable;
  } else if (answer.status >= 500 && answer.status != 501) {
    code = call.effect == RestEffect::kNone ? Code::kUnavailable : Code::kOutcomeUnknown;
  } else if (answer.status == 400 && call.effect == RestEffect::kCommit) {
    code = Code::kOutcomeUnknown;
  }
  return {.error = {code, fmt::format("the REST catalog answers {} with status {}, {}: {}{}",
                                      Doing(options_, call), answer.status, body->type,
                                      body->message, AdviceFor(code, answer.status))},
          .type = body->type,
          .status = answer.status};
}

Error RestClient::NotIceberg(const RestCall& call, const http::Response& answer) const {
  Code code = Code::kUnavailable;
  if (answer.status == 401 || answer.status == 403 || answer.status == kAuthenticationTimeout) {
    code = Code::kDenied;
  } else if (answer.status != 429 && call.effect != RestEffect::kNone) {
    code = Code::kOutcomeUnknown;
  }
  const std::string_view location = answer.Find("location");
  const std::string instead =
      location.empty() ? Shown(answer.body)
                       : fmt::format("a redirection to {}", location.substr(0, location.find('?')));
  return {code, fmt::format(
                    "{} is answered with status {} and no answer of an Iceberg REST catalog, but "
                    "{}{}; see catalog.uri, which ends before /v1, and what lies between",
                    Doing(options_, call), answer.status, instead, AdviceFor(code, answer.status))};
}

Error RestClient::Unreadable(const RestCall& call, const std::string& body,
                             const Error& cause) const {
  const Code code = call.effect == RestEffect::kNone ? Code::kUnavailable : Code::kOutcomeUnknown;
  return {code, fmt::format("{} is answered with no answer of an Iceberg REST catalog ({}), but "
                            "{}; see catalog.uri, which ends before /v1, and what lies between",
                            Doing(options_, call), cause.message, Shown(body))};
}

}  // namespace eider::catalog
