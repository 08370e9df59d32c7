// iconv, fed piece by piece.
#include "eider/codec/transcoder.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/lower_case.h"
#include "eider/base/result.h"
#include "eider/codec/hex.h"
#include "eider/codec/shortened_text.h"

namespace eider::codec {
namespace {

constexpr std::size_t kEncodingBytesMax = 64;

// What stands behind "//" would let the C library put other letters in the place of unknown ones.
bool CanBeName(std::string_view name) {
  return !name.empty() && name.size() <= kEncodingBytesMax && std::ranges::all_of(name, [](char c) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    return is_letter || c == '-' || c == '_' || c == '.' || c == ':';
  });
}

// The C library's name for it.
std::string KnownName(std::string_view lower) {
  return lower == "latin-1" ? "iso-8859-1" : std::string(lower);
}

}  // namespace

bool NamesUtf8(std::string_view encoding) {
  const std::string lower = LowerCase(encoding);
  return lower == "utf-8" || lower == "utf8";
}

Result<std::unique_ptr<Transcoder>> Transcoder::From(const std::string& encoding) {
  const std::string name = LowerCase(encoding);
  const auto unknown = [&] {
    return Fail(Code::kInvalid, fmt::format("'{}' is no encoding that this system knows; usual are "
                                            "{}; `iconv -l` lists all",
                                            ShortName(encoding), kUsualEncodings));
  };
  if (!CanBeName(name)) return unknown();
  void* const state = ::iconv_open("UTF-8", KnownName(name).c_str());
  if (state == reinterpret_cast<void*>(-1)) return unknown();
  return std::unique_ptr<Transcoder>(new Transcoder(encoding, state));
}

Transcoder::~Transcoder() {
  ::iconv_close(state_);
}

Status Transcoder::Feed(std::string_view bytes, std::string& text) {
  std::string joined;
  if (!rest_.empty()) {
    joined = std::exchange(rest_, {});
    joined += bytes;
    bytes = joined;
  }
  std::array<char, 1U << 16U> out{};
  while (!bytes.empty()) {
    char* in = const_cast<char*>(bytes.data());  // iconv's signature; it does not write there
    std::size_t in_left = bytes.size();
    char* to = out.data();
    std::size_t out_left = out.size();
    const std::size_t converted = ::iconv(state_, &in, &in_left, &to, &out_left);
    const int error = converted == static_cast<std::size_t>(-1) ? errno : 0;
    const std::string_view made(out.data(), out.size() - out_left);
    lines_ += static_cast<std::uint64_t>(std::ranges::count(made, '\n'));
    text += made;
    bytes.remove_prefix(bytes.size() - in_left);
    if (error == EINVAL) {  // a letter that goes on
      rest_ = bytes;
      return {};
    }
    if (error == EILSEQ) return Wrong(bytes, "is no letter of");
  }
  return {};
}

Status Transcoder::Finish() const {
  return rest_.empty() ? Status() : Wrong(rest_, "is half a letter of");
}

std::unexpected<Error> Transcoder::Wrong(std::string_view bytes, std::string_view what) const {
  return Fail(Code::kCorrupt,
              fmt::format("line {}: the byte 0x{} {} {}, in which the file is said to be",
                          lines_ + 1, HexEncode(bytes.substr(0, 1)), what, encoding_));
}

}  // namespace eider::codec
