// SHA-256 by OpenSSL.
#include "eider/codec/sha256.h"

#include <cstdlib>
#include <string>
#include <string_view>

#include <openssl/evp.h>
#include <openssl/sha.h>

#include "eider/codec/hex.h"

namespace eider::codec {

std::string Sha256(std::string_view bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  const int done =
      EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()),
                 nullptr, EVP_sha256(), nullptr);
  // Fails only when OpenSSL has no SHA-256 or no memory: nothing could be signed or compared then.
  if (done != 1) std::abort();
  return digest;
}

std::string Sha256Hex(std::string_view bytes) {
  return HexEncode(Sha256(bytes));
}

}  // namespace eider::codec
