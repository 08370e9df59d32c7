#include "eider/http/trusted_certificates.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <mutex>
#include <string>
#include <system_error>
#include <utility>

#include <curl/curl.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "eider/http/ca_bundle.h"

namespace eider::http {
namespace {

bool IsFile(const std::string& path) {
  std::error_code unreadable;
  return std::filesystem::is_regular_file(path, unreadable);
}

// True for a folder with names such as 5cd81ad7.0, as OpenSSL looks certificates up.
bool HasHashedNames(const std::string& folder) {
  constexpr std::size_t kHashDigits = 8;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename();
    const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    if (name.size() == kHashDigits + 2 && name.ends_with(".0") &&
        std::all_of(name.begin(), name.begin() + kHashDigits, is_digit)) {
      return true;
    }
  }
  return false;
}

// Debian's and openSUSE's, Fedora's and Amazon Linux's; empty where neither has hashed names.
std::string FindHashedFolder() {
  static constexpr std::array kPlaces = {"/etc/ssl/certs",
                                         "/etc/pki/ca-trust/extracted/pem/directory-hash"};
  for (const char* place : kPlaces) {
    if (HasHashedNames(place)) return place;
  }
  return {};
}

}  // namespace

TrustedCertificates::TrustedCertificates(const std::string& bundle) : bundle_(bundle) {
  if (bundle_.empty()) folder_ = FindHashedFolder();
  if (bundle_.empty() && folder_.empty()) bundle_ = FindCaBundle(IsFile);
}

void TrustedCertificates::Apply(CURL* easy) {
  if (folder_.empty() && bundle_.empty()) return;
  curl_easy_setopt(easy, CURLOPT_CAINFO, nullptr);
  curl_easy_setopt(easy, CURLOPT_CAPATH, folder_.empty() ? nullptr : folder_.c_str());
  if (bundle_.empty()) return;
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, &TrustedCertificates::OnContext);
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, this);
}

CURLcode TrustedCertificates::OnContext(CURL*, void* context, void* self) {
  X509_STORE* store = static_cast<TrustedCertificates*>(self)->Store();
  if (store == nullptr) return CURLE_SSL_CACERT_BADFILE;
  SSL_CTX_set1_cert_store(static_cast<SSL_CTX*>(context), store);
  return CURLE_OK;
}

X509_STORE* TrustedCertificates::Store() {
  std::call_once(is_read_, [this] {
    std::unique_ptr<X509_STORE, Free> store(X509_STORE_new());
    if (!store || X509_STORE_load_file(store.get(), bundle_.c_str()) != 1) return;
    // As libcurl has it: what is in the bundle is trusted, be it an intermediate certificate.
    X509_STORE_set_flags(store.get(), X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
    store_ = std::move(store);
  });
  return store_.get();
}

}  // namespace eider::http
