// Message authentication by OpenSSL.
#include "eider/codec/hmac.h"

#include <cstdlib>
#include <string>
#include <string_view>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "eider/codec/sha256.h"

namespace eider::codec {

std::string HmacSha256(std::string_view key, std::string_view bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  const auto* done = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                          reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                          reinterpret_cast<unsigned char*>(digest.data()), nullptr);
  // Fails only when OpenSSL has no SHA-256 or no memory: nothing could be signed or checked then.
  if (done == nullptr) std::abort();
  return digest;
}

bool SecretsMatch(std::string_view given, std::string_view expected) {
  // Digests are of the same length, so that the expected one's own length is not told either.
  const std::string a = Sha256(given);
  const std::string b = Sha256(expected);
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace eider::codec
