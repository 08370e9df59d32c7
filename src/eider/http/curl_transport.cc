// One exchange over libcurl, and what its failures mean.
#include "eider/http/curl_transport.h"

#include <memory>
#include <stop_token>
#include <string_view>
#include <utility>

#include <curl/curl.h>
#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/http/curl_answer.h"
#include "eider/http/curl_handle.h"
#include "eider/http/curl_request.h"
#include "eider/http/trusted_certificates.h"

namespace eider::http {
namespace {

// How long the wait for the network lasts at most before it looks around.
constexpr int kPollMs = 1'000;

Error Cancelled(const Request& request) {
  return {Code::kCancelled,
          fmt::format("{} {}: stopped on request", request.method, ShownUrl(request))};
}

Error TooLarge(const Request& request, const Response& response) {
  const bool is_sink = !request.sink.empty() && response.status >= 200 && response.status < 300;
  return {Code::kCorrupt,
          fmt::format("{} {}: the answer (status {}) is larger than its limit of {} bytes",
                      request.method, ShownUrl(request), response.status,
                      is_sink ? request.sink.size() : request.body_bytes_max)};
}

Code CodeOf(CURLcode result, bool may_be_sent) {
  switch (result) {
    case CURLE_PEER_FAILED_VERIFICATION:
      return Code::kDenied;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_SSL_CACERT_BADFILE:
      return Code::kInvalid;
    default:
      return may_be_sent ? Code::kOutcomeUnknown : Code::kUnavailable;
  }
}

Error Failed(CURLcode result, const Request& request, const CurlAnswer& answer) {
  const Code code = CodeOf(result, answer.may_be_sent());
  std::string_view why = curl_easy_strerror(result);
  if (answer.is_repetition()) why = "the connection broke before an answer came";
  std::string_view advice;
  if (code == Code::kDenied || result == CURLE_SSL_CACERT_BADFILE) {
    advice = "; AWS_CA_BUNDLE names a file of trusted certificates";
  }
  return {code, fmt::format("{} {}: {}{}", request.method, ShownUrl(request), why, advice)};
}

// The easy handle in its multi handle, and out again, whatever happens.
class Attached {
 public:
  explicit Attached(const CurlHandle& handle) : handle_(handle) {
    is_attached_ = curl_multi_add_handle(handle_.multi(), handle_.easy()) == CURLM_OK;
  }

  ~Attached() {
    if (is_attached_) curl_multi_remove_handle(handle_.multi(), handle_.easy());
  }

  Attached(const Attached&) = delete;
  Attached& operator=(const Attached&) = delete;

  bool is_attached() const { return is_attached_; }

 private:
  const CurlHandle& handle_;
  bool is_attached_ = false;
};

// Runs the exchange to its end. Errors: kCancelled, else libcurl's own result.
std::expected<CURLcode, Code> Run(const CurlHandle& handle, const std::stop_token& stop) {
  const Attached attached(handle);
  if (!attached.is_attached()) return CURLE_OUT_OF_MEMORY;
  CURLM* multi = handle.multi();
  const std::stop_callback wake(stop, [multi] { curl_multi_wakeup(multi); });
  while (true) {
    if (stop.stop_requested()) return std::unexpected(Code::kCancelled);
    int running = 0;
    if (curl_multi_perform(multi, &running) != CURLM_OK) return CURLE_OUT_OF_MEMORY;
    if (running == 0) break;
    if (curl_multi_poll(multi, nullptr, 0, kPollMs, nullptr) != CURLM_OK) {
      return CURLE_OUT_OF_MEMORY;
    }
  }
  int waiting = 0;
  const CURLMsg* message = curl_multi_info_read(multi, &waiting);
  return message == nullptr ? CURLE_OUT_OF_MEMORY : message->data.result;
}

class CurlTransport final : public Transport {
 public:
  explicit CurlTransport(CurlOptions options)
      : options_(std::move(options)), trusted_(options_.ca_bundle) {}

  Result<Response> Send(const Request& request, const std::stop_token& stop) override {
    if (stop.stop_requested()) return std::unexpected(Cancelled(request));
    EIDER_CHECK(CheckRequest(request));
    EIDER_ASSIGN(CurlHandle handle, pool_.Take());
    const CurlHeaders headers(request);
    CurlAnswer answer(request, handle.easy());
    SetUp(handle.easy(), request, headers, options_);
    trusted_.Apply(handle.easy());
    answer.Listen();
    const std::expected<CURLcode, Code> result = Run(handle, stop);
    curl_easy_reset(handle.easy());  // forgets the addresses of what ends here
    pool_.GiveBack(std::move(handle));
    if (!result) return std::unexpected(Cancelled(request));
    if (answer.is_too_large()) return std::unexpected(TooLarge(request, answer.response()));
    if (*result != CURLE_OK) return std::unexpected(Failed(*result, request, answer));
    return std::move(answer.response());
  }

 private:
  const CurlOptions options_;
  TrustedCertificates trusted_;  // outlives the handles of the pool
  CurlPool pool_;
};

}  // namespace

std::unique_ptr<Transport> NewCurlTransport(const CurlOptions& options) {
  return std::make_unique<CurlTransport>(options);
}

}  // namespace eider::http
