// The certificates that a transport trusts, read at most once.
//
// libcurl reads a bundle anew for every handle, some 50 ms each time. A folder of certificates by
// their hash costs nothing until a peer is checked; a bundle is read on first use and shared.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include <curl/curl.h>
#include <openssl/x509_vfy.h>

namespace eider::http {

// Safe for concurrent calls from several threads. Outlives the exchanges of its handles.
class TrustedCertificates {
 public:
  // `bundle`: the file to trust alone; empty: this machine's folder of hashed certificates, or else
  // its bundle, or else whatever libcurl was built for.
  explicit TrustedCertificates(const std::string& bundle);

  // Makes the handle's next exchange trust these. A bundle that cannot be read fails the exchange
  // with CURLE_SSL_CACERT_BADFILE.
  void Apply(CURL* easy);

 private:
  struct Free {
    void operator()(X509_STORE* store) const { X509_STORE_free(store); }
  };

  static CURLcode OnContext(CURL* easy, void* context, void* self);
  X509_STORE* Store();

  std::string folder_;
  std::string bundle_;
  std::once_flag is_read_;
  std::unique_ptr<X509_STORE, Free> store_;  // null: the bundle cannot be read
};

}  // namespace eider::http
