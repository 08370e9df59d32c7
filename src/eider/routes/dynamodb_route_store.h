// Routes in a DynamoDB table: one item per routing key, as the Python function of old has them.
//
//   PartitionKey            S, the partition key of the table; there is no sort key
//   target_table, query_sql S
//   create_table, enabled   BOOL, or S "true"/"false"
//   inputs                  L of S, or SS
//   engine, commit          M
//   priority, version       N
//   all others              S
//
// Further attributes mean nothing to Eider and stay as they are. Reads are strongly consistent: a
// route that was put a moment ago is found by the next file, instead of leaving it unrouted.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "eider/aws/json_service.h"
#include "eider/routes/route_store.h"

namespace eider::routes {

// Borrows the service; sends nothing yet. `region` is for messages. A Find costs one read,
// a List as much as the table has kilobytes. `stop` ends every call early, with kCancelled.
std::unique_ptr<RouteStore> OpenDynamoDbRoutes(aws::JsonService& service, const std::string& table,
                                               const std::string& region,
                                               const std::stop_token& stop = {});

}  // namespace eider::routes
