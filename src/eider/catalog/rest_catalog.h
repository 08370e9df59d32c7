// A catalog behind the Iceberg REST protocol: the server writes the metadata files and decides.
//
// A commit is sent as what must hold and what to do (iceberg/table_change.h); the requirements of
// the change, not the state it was made on, are what the server compares.
#pragma once

#include <memory>
#include <optional>

#include "eider/base/uri.h"
#include "eider/catalog/catalog.h"
#include "eider/catalog/rest_session.h"
#include "eider/catalog/vended_access.h"
#include "eider/store/object_store.h"

namespace eider::catalog {

struct RestCatalogOptions {
  RestServerOptions server;
  // Where new tables go, as <warehouse>/<namespace>/<table>; without one the server decides.
  std::optional<Uri> warehouse;
  // Gets the access to tables' objects that the server hands out, before the table is given to
  // anybody. What it gets is used no longer than the catalog lives. Null: nobody wants it.
  TakeAccess take_access = nullptr;
};

// What the catalog works with. Borrowed; all outlive it.
struct RestCatalogDeps {
  store::ObjectStore& store;
  RestAuthDeps server;
};

// Asks nobody yet: the errors of the first call are those of RestSession::Server, too.
std::unique_ptr<Catalog> NewRestCatalog(RestCatalogOptions options, const RestCatalogDeps& deps);

}  // namespace eider::catalog
