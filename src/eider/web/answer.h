// Answers in JSON.
#pragma once

#include <string_view>

#include "eider/base/result.h"
#include "eider/codec/json_line.h"
#include "eider/http/server.h"

namespace eider::web {

http::ServerResponse JsonAnswer(int status, const codec::JsonLine& line);

// `{"error": …}`; who should come again is told when (503, 429).
http::ServerResponse ErrorAnswer(int status, std::string_view message);

// The same, with the status that is right for an error of the ledger.
http::ServerResponse ErrorAnswer(const Error& error);

}  // namespace eider::web
