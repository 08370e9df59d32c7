// Routes in a YAML file, which people alone write.
//
//     routes:
//       - PartitionKey: src-a
//         target_table: bronze.orders
//         query_sql: SELECT * FROM read_parquet('{s3_input_path}')
//         create_table: true
//         inputs: [s3://reference/rates/, reference.customers]
//         engine: {memory_limit: 512MiB, threads: 2}
//
// At most 64 MiB.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "eider/base/result.h"
#include "eider/routes/route_store.h"

namespace eider::routes {

// `text` is the file's content, `name` what problems call it. A file that is no YAML, or has no
// list `routes`, is kInvalid with its line; a wrong route is a problem of that route alone.
Result<std::unique_ptr<RouteStore>> ParseYamlRoutes(std::string_view text, const std::string& name);

// Errors: those of ParseYamlRoutes; kNotFound, kDenied.
Result<std::unique_ptr<RouteStore>> OpenYamlRoutes(const std::string& path);

}  // namespace eider::routes
