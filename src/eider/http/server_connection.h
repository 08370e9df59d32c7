// One client's connection, from its first byte to its last; all of it on the thread that speaks.
//
//   handshake (TLS) -> head -> checks -> body -> handler -> answer -> head of the next request …
//                                  \-> a refusal -> the last bytes of the client -> closed
//
// Each step has a deadline of its own as a whole, so that a byte now and then does not extend it.
// Boost.Beast reads HTTP and Boost.Asio the sockets (docs/adr/0010-the-small-server.md).
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "eider/http/connection_owner.h"
#include "eider/http/server.h"
#include "eider/http/server_message.h"

namespace eider::http {

namespace asio = boost::asio;
namespace beast = boost::beast;

using PlainStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

inline constexpr std::size_t kHeadBytesMax = 16U << 10U;
// What is still read of a refused request, so that its sender gets to see the answer.
inline constexpr std::size_t kLeftBytesMax = 1U << 20U;
inline constexpr Milliseconds kLeftTimeout{2'000};

// Shared, because each operation that is under way holds the connection that it will come back to;
// whoever ends last ends it.
template <typename Stream>
class Connection final : public AnyConnection,
                         public std::enable_shared_from_this<Connection<Stream>> {
 public:
  static constexpr bool kIsTls = std::is_same_v<Stream, TlsStream>;

  Connection(ConnectionOwner& owner, Stream stream) : owner_(owner), stream_(std::move(stream)) {}

  ~Connection() override { owner_.Remove(this); }

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void Start() {
    if constexpr (kIsTls) {
      Lowest().expires_after(owner_.options().read_timeout);
      stream_.async_handshake(asio::ssl::stream_base::server,
                              [self = this->shared_from_this()](beast::error_code error) {
                                if (!error) self->ReadHead();
                              });
    } else {
      ReadHead();
    }
  }

  void CloseIfIdle(bool also_new) override {
    const bool has_begun = buffer_.size() > 0 || (parser_ && parser_->got_some());
    if (is_waiting_ && !has_begun && (is_kept_ || also_new)) Close();
  }

  void Close() override { Lowest().close(); }

 private:
  using Parser = beast::http::request_parser<beast::http::string_body>;

  auto& Lowest() { return beast::get_lowest_layer(stream_); }

  // The handler of an operation: a method of this object, which lives until it is called.
  auto Then(void (Connection::*method)(beast::error_code, std::size_t)) {
    return beast::bind_front_handler(method, this->shared_from_this());
  }

  void ReadHead() {
    is_waiting_ = true;
    is_head_ = false;
    if (owner_.is_stopping() && buffer_.size() == 0) return Close();
    parser_.emplace();
    parser_->header_limit(kHeadBytesMax);
    parser_->body_limit(owner_.options().body_bytes_max);
    Lowest().expires_after(is_kept_ ? owner_.options().idle_timeout
                                    : owner_.options().read_timeout);
    beast::http::async_read_header(stream_, buffer_, *parser_, Then(&Connection::OnHead));
  }

  void OnHead(beast::error_code error, std::size_t /*bytes*/) {
    is_waiting_ = false;
    if (error) return OnBroken(error);
    const auto& head = parser_->get();
    is_head_ = head.method() == beast::http::verb::head;
    request_ = ServerRequest{};
    request_.method = View(head.method_string());
    for (const auto& field : head) {
      request_.headers.push_back(
          {std::string(View(field.name_string())), std::string(View(field.value()))});
    }
    auto refusal = CheckHead(View(head.target()),
                             {.is_http_11 = head.version() >= 11,
                              .is_loopback = owner_.is_loopback(),
                              .is_tls = kIsTls,
                              .port = owner_.port()},
                             request_);
    if (refusal) return Refuse(*std::move(refusal));
    if (parser_->is_done()) return Handle();
    const std::string_view expected = request_.FindHeader("Expect");
    if (expected.empty() || head.version() < 11) return ReadBody();
    if (!EqualIgnoringCase(expected, "100-continue")) {
      return Refuse(PlainResponse(417, "an expectation that is not known"));
    }
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    Lowest().expires_after(owner_.options().write_timeout);
    asio::async_write(stream_, asio::buffer(kContinue.data(), kContinue.size()),
                      Then(&Connection::OnContinue));
  }

  void OnContinue(beast::error_code error, std::size_t /*bytes*/) {
    if (!error) ReadBody();
  }

  void ReadBody() {
    Lowest().expires_after(owner_.options().read_timeout);
    beast::http::async_read(stream_, buffer_, *parser_, Then(&Connection::OnBody));
  }

  void OnBody(beast::error_code error, std::size_t /*bytes*/) {
    if (error) return OnBroken(error);
    Handle();
  }

  void Handle() {
    keep_alive_ = parser_->keep_alive();
    request_.body = std::move(parser_->get().body());
    Lowest().expires_never();
    const bool is_queued = owner_.Submit(
        std::move(request_), [self = this->shared_from_this()](ServerResponse response) mutable {
          auto& connection = *self;
          asio::post(connection.stream_.get_executor(),
                     [self = std::move(self), response = std::move(response)]() mutable {
                       self->Write(std::move(response));
                     });
        });
    if (is_queued) return;
    ServerResponse busy = PlainResponse(503, "too many requests wait: try again");
    busy.headers.push_back({"Retry-After", "1"});
    Write(std::move(busy));
  }

  // A request that cannot be read to its end, or a client that has gone.
  void OnBroken(beast::error_code error) {
    using Broken = beast::http::error;
    if (error == Broken::body_limit) {
      return Refuse(PlainResponse(
          413,
          "the body is larger than " + std::to_string(owner_.options().body_bytes_max) + " bytes"));
    }
    if (error == Broken::header_limit || error == Broken::buffer_overflow) {
      return Refuse(PlainResponse(
          431, "the request's head is larger than " + std::to_string(kHeadBytesMax) + " bytes"));
    }
    const bool is_http =
        error.category() == beast::http::make_error_code(Broken::bad_method).category();
    if (is_http && error != Broken::end_of_stream && error != Broken::partial_message) {
      return Refuse(PlainResponse(400, "this is no HTTP/1.1 request"));
    }
    Close();
  }

  // Answers a request whose rest is not wanted, and with it ends the connection.
  void Refuse(ServerResponse response) {
    keep_alive_ = false;
    Write(std::move(response));
  }

  void Write(ServerResponse response) {
    if (owner_.is_stopping()) keep_alive_ = false;
    answer_ = ResponseHead(response, keep_alive_);
    if (!is_head_ && response.status != 204 && response.status != 304) answer_ += response.body;
    Lowest().expires_after(owner_.options().write_timeout);
    asio::async_write(stream_, asio::buffer(answer_), Then(&Connection::OnWritten));
  }

  void OnWritten(beast::error_code error, std::size_t /*bytes*/) {
    answer_ = {};
    if (error) return Close();
    if (keep_alive_) {
      is_kept_ = true;
      return ReadHead();
    }
    // Closed with unread bytes, a socket takes the answer back from its reader.
    beast::error_code ignored;
    Lowest().socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    Lowest().expires_after(kLeftTimeout);
    ReadRest();
  }

  void ReadRest() {
    buffer_.clear();
    Lowest().async_read_some(buffer_.prepare(kHeadBytesMax), Then(&Connection::OnRest));
  }

  void OnRest(beast::error_code error, std::size_t bytes) {
    left_bytes_ += bytes;
    if (error || left_bytes_ > kLeftBytesMax) return Close();
    ReadRest();
  }

  static std::string_view View(beast::string_view text) { return {text.data(), text.size()}; }

  ConnectionOwner& owner_;
  Stream stream_;
  beast::flat_buffer buffer_{64U << 10U};  // at most that many bytes ahead
  std::optional<Parser> parser_;
  ServerRequest request_;
  std::string answer_;
  std::size_t left_bytes_ = 0;
  bool is_head_ = false;
  bool is_kept_ = false;    // it has had a request and waits for another
  bool is_waiting_ = true;  // for a request, or for the first bytes of a client
  bool keep_alive_ = false;
};

}  // namespace eider::http
