// One place of tables, and as many clients of it as a test wants.
#pragma once

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/catalog/catalog.h"
#include "eider/store/object_store.h"

namespace eider::catalog {

// What becomes of the next change that a client asks for.
enum class Fault { kNone, kUnknownButDone, kUnknownAndNotDone, kUnavailable };

template <typename T, typename Call>
Result<T> Faulty(const Fault* fault, const Call& call) {
  switch (fault == nullptr ? Fault::kNone : *fault) {
    case Fault::kNone:
      return call();
    case Fault::kUnknownButDone:
      EXPECT_TRUE(call());
      return Fail(Code::kOutcomeUnknown, "connection lost");
    case Fault::kUnknownAndNotDone:
      return Fail(Code::kOutcomeUnknown, "connection lost");
    case Fault::kUnavailable:
      return Fail(Code::kUnavailable, "busy");
  }
  return call();
}

class CatalogPlace {
 public:
  virtual ~CatalogPlace() = default;

  // What a test of it would need and this machine has not; empty: nothing.
  virtual std::string missing() const { return ""; }

  // Lives shorter than the place. Borrows the fault; null: none.
  virtual std::unique_ptr<Catalog> Client(const Fault* fault) = 0;

  // Where its files are.
  virtual store::ObjectStore& store() = 0;

  // The location of table a.b.t is <root>a/b/t.
  virtual std::string root() const { return "s3://wh/"; }

  // Whether clients write and remove metadata files; else a server does, or there are none.
  virtual bool writes_metadata() const { return true; }
};

}  // namespace eider::catalog
