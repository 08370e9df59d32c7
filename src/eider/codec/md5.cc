// MD5 by OpenSSL.
#include "eider/codec/md5.h"

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include <openssl/evp.h>

#include "eider/base/result.h"
#include "eider/codec/hex.h"

namespace eider::codec {
namespace {

EVP_MD_CTX* Of(void* context) {
  return static_cast<EVP_MD_CTX*>(context);
}

}  // namespace

void Md5::Free::operator()(void* context) const {
  EVP_MD_CTX_free(Of(context));
}

Result<Md5> Md5::Begin() {
  Context context(EVP_MD_CTX_new());
  if (!context || EVP_DigestInit_ex(Of(context.get()), EVP_md5(), nullptr) != 1) {
    return Fail(Code::kUnsupported, "the OpenSSL of this machine has no MD5");
  }
  return Md5(std::move(context));
}

void Md5::Add(std::string_view bytes) {
  // Fails for no bytes.
  if (EVP_DigestUpdate(Of(context_.get()), bytes.data(), bytes.size()) != 1) std::abort();
}

std::string Md5::Hex() {
  std::string digest(16, '\0');
  if (EVP_DigestFinal_ex(Of(context_.get()), reinterpret_cast<unsigned char*>(digest.data()),
                         nullptr) != 1) {
    std::abort();
  }
  return HexEncode(digest);
}

}  // namespace eider::codec
