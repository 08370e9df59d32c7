// Text of another encoding as UTF-8, by the iconv of the C library.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "eider/base/result.h"

namespace eider::codec {

// Encodings that people meet, for messages.
inline constexpr std::string_view kUsualEncodings =
    "windows-1252, latin-1, windows-1251, shift_jis, gb18030, utf-16";

// Whether the name, in any case of letters, is one of UTF-8.
bool NamesUtf8(std::string_view encoding);

// Used by one thread.
class Transcoder {
 public:
  // Errors: kInvalid (no encoding that the C library knows).
  static Result<std::unique_ptr<Transcoder>> From(const std::string& encoding);

  ~Transcoder();
  Transcoder(const Transcoder&) = delete;
  Transcoder& operator=(const Transcoder&) = delete;

  // Appends the bytes as UTF-8 to `text`; a letter may be cut off at their end. Errors: kCorrupt
  // (bytes that are nothing in this encoding, with their line).
  Status Feed(std::string_view bytes, std::string& text);

  // After the last byte. Errors: kCorrupt (a letter is cut off).
  Status Finish() const;

 private:
  Transcoder(std::string encoding, void* state) : encoding_(std::move(encoding)), state_(state) {}

  std::unexpected<Error> Wrong(std::string_view bytes, std::string_view what) const;

  std::string encoding_;
  void* state_;
  std::string rest_;         // of a letter that goes on
  std::uint64_t lines_ = 0;  // that have ended
};

}  // namespace eider::codec
