// A webhook's request: its files are in the ledger before it is answered.
#pragma once

#include "eider/http/server.h"
#include "eider/web/services.h"

namespace eider::web {

// 200 with `{"files": n, "ignored": n, "problems": […]}`: what the body told of is WAITING, or was
// known already; a file that is gone or replaced is FAILED and among the problems. 400: nothing in
// the body is usable. 503: ledger or store cannot be asked, and the sender has to come again, with
// all of it. The sender was let in before.
http::ServerResponse TakeEvents(const Services& services, const http::ServerRequest& request);

}  // namespace eider::web
