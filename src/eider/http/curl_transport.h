// The transport over libcurl.
#pragma once

#include <memory>
#include <string>

#include "eider/http/transport.h"

namespace eider::http {

struct CurlOptions {
  std::string ca_bundle = {};  // a file of trusted certificates; empty: the system's
  std::string user_agent = "eider";
};

std::unique_ptr<Transport> NewCurlTransport(const CurlOptions& options = {});

}  // namespace eider::http
