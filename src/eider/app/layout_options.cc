#include "eider/app/layout_options.h"

#include <string>
#include <vector>

#include "eider/app/commands.h"
#include "eider/app/map_option.h"
#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/routes/attribute_types.h"

namespace eider::app {
namespace {

constexpr MapOption kPropertyOption = {"--table-property",
                                       "NAME=VALUE, as write.parquet.compression-codec=snappy"};

}  // namespace

void AddLayoutOptions(CLI::App& command, LayoutOptions& options) {
  const auto add_many = [&](const char* name, std::vector<std::string>& texts,
                            const char* description, const char* type) {
    command.add_option(name, texts, description)->type_name(type)->expected(1)->take_all();
  };
  add_many("--partition-by", options.partition_by,
           "How the new table is partitioned, as 'day(ts)'; again for each", "TERM");
  add_many("--sort-by", options.sort_by, "How it is sorted, as 'ts desc'; again for each", "TERM");
  add_many("--table-property", options.table_properties, "A property of it; again for each",
           "NAME=VALUE");
  command.add_option("--location", options.location, "Its folder")->type_name("URI");
}

Status SetLayout(const LayoutOptions& options, codec::Json& item) {
  if (!options.partition_by.empty()) item[routes::kPartitionBy] = options.partition_by;
  if (!options.sort_by.empty()) item[routes::kSortBy] = options.sort_by;
  if (!options.location.empty()) item[routes::kLocation] = options.location;
  if (options.table_properties.empty()) return {};
  EIDER_ASSIGN(item[routes::kTableProperties], MapOf(kPropertyOption, options.table_properties));
  return {};
}

}  // namespace eider::app
