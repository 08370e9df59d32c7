// What the tests of pieces share: a table of an id and a text, and loads into it.
#pragma once

#include <string>

#include "eider/engine/testing/engine_fixture.h"

namespace eider::engine {

class PieceFixture : public EngineFixture {
 protected:
  static iceberg::Schema Schema() {
    return {.fields = {Column(1, "id", Of(iceberg::TypeKind::kLong)),
                       Column(2, "t", Of(iceberg::TypeKind::kString))}};
  }

  Result<Written> Load(const Query& query) {
    static const iceberg::Schema schema = Schema();
    return engine_->Run(query,
                        {.table_name = "bronze.t",
                         .schema = schema,
                         .data_location = {"s3", "lake", "t/data"},
                         .file_prefix = "run" + std::to_string(++runs_)},
                        {});
  }

 private:
  int runs_ = 0;
};

}  // namespace eider::engine
