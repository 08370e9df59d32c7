// MD5 (RFC 1321) of bytes that come in pieces: a checksum that others give, never a proof of
// origin.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "eider/base/result.h"

namespace eider::codec {

class Md5 {
 public:
  // Errors: kUnsupported (an OpenSSL without MD5).
  static Result<Md5> Begin();

  void Add(std::string_view bytes);

  // As 32 lower-case hexadecimal digits. Call once.
  std::string Hex();

 private:
  struct Free {
    void operator()(void* context) const;
  };

  using Context = std::unique_ptr<void, Free>;

  explicit Md5(Context context) : context_(std::move(context)) {}

  Context context_;
};

}  // namespace eider::codec
