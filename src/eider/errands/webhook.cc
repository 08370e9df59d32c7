#include "eider/errands/webhook.h"

#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/codec/hex.h"
#include "eider/codec/hmac.h"
#include "eider/codec/shortened_text.h"

namespace eider::errands {
namespace {

constexpr Milliseconds kTimeout{5'000};
constexpr std::size_t kAnswerBytesMax = 1U << 20U;
constexpr std::size_t kShownBytesMax = 200;  // of an answer

// Of the event itself; anything else is said of the sender or the place.
bool RefusesTheEvent(int status) {
  return status == 400 || status == 413 || status == 422;
}

class Webhook final : public Target {
 public:
  Webhook(WebhookOptions options, http::Transport& transport)
      : options_(std::move(options)), name_(NameOfWebhook(options_.url)), transport_(transport) {}

  const std::string& name() const override { return name_; }

  const std::string& address() const override { return options_.url; }

  Status Tell(const Event& event, const std::stop_token& stop) override {
    http::Request request{.method = "POST",
                          .url = options_.url,
                          .headers = {{"content-type", "application/json"},
                                      {"x-eider-event", event.type},
                                      {"x-eider-event-id", event.id}},
                          .body = event.body,
                          .connect_timeout = kTimeout,
                          .timeout = kTimeout,
                          .body_bytes_max = kAnswerBytesMax};
    if (!options_.token.empty()) {
      request.headers.push_back({"authorization", "Bearer " + options_.token});
    }
    if (!options_.secret.empty()) {
      const std::string code = codec::HmacSha256(options_.secret, event.body);
      request.headers.push_back({"x-hub-signature-256", "sha256=" + codec::HexEncode(code)});
    }
    auto response = transport_.Send(request, stop);
    if (!response) {
      // The transport's own words may have the whole URL.
      return Fail(
          response.error().code == Code::kInvalid ? Code::kUnavailable : response.error().code,
          WithoutQuery(response.error().message));
    }
    if (response->status >= 200 && response->status < 300) return {};
    return Fail(
        RefusesTheEvent(response->status) ? Code::kInvalid : Code::kUnavailable,
        fmt::format("it answered with status {}{}", response->status, Shown(response->body)));
  }

 private:
  std::string WithoutQuery(std::string text) const {
    const std::size_t found = options_.url == name_ ? std::string::npos : text.find(options_.url);
    if (found != std::string::npos) text.replace(found, options_.url.size(), name_);
    return text;
  }

  static std::string Shown(std::string_view body) {
    if (body.empty()) return "";
    return fmt::format(": {}", codec::Shortened(body, kShownBytesMax));
  }

  const WebhookOptions options_;
  const std::string name_;
  http::Transport& transport_;
};

}  // namespace

std::string NameOfWebhook(const std::string& url) {
  return url.substr(0, url.find_first_of("?#"));
}

std::unique_ptr<Target> NewWebhook(WebhookOptions options, http::Transport& transport) {
  return std::make_unique<Webhook>(std::move(options), transport);
}

}  // namespace eider::errands
