#include "eider/routes/table_layout.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/codec/json.h"
#include "eider/codec/shortened_text.h"
#include "eider/iceberg/partition_term.h"
#include "eider/iceberg/sort_term.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/routes/attribute_types.h"
#include "eider/routes/route.h"
#include "eider/routes/route_attributes.h"

namespace eider::routes {
namespace {

using codec::Json;

constexpr std::string_view kFormatVersion = "format-version";

class LayoutReader {
 public:
  LayoutReader(const Json& item, std::vector<AttributeProblem>& problems)
      : item_(item), problems_(problems) {}

  TableLayout Read() {
    TableLayout layout;
    layout.partition_by = Terms<iceberg::PartitionTerm>(kPartitionBy, iceberg::ParsePartitionTerm);
    layout.sort_by = Terms<iceberg::SortTerm>(kSortBy, iceberg::ParseSortTerm);
    ReadProperties(layout);
    ReadLocation(layout);
    return layout;
  }

 private:
  const Json* Find(std::string_view name) const {
    const auto found = item_.find(name);
    return found == item_.end() || found->is_null() ? nullptr : &*found;
  }

  template <typename Term>
  std::vector<Term> Terms(std::string_view name, Result<Term> (*parse)(std::string_view)) {
    std::vector<Term> terms;
    const Json* const texts = Find(name);
    if (texts == nullptr) return terms;
    if (!texts->is_array() || texts->size() > kTermsMax) {
      Problem(name, texts->is_array() ? fmt::format("{} has {} entries, and at most {} are read",
                                                    name, texts->size(), kTermsMax)
                                      : Mistyped(name, *texts));
      return terms;
    }
    for (std::size_t i = 0; i < texts->size(); ++i) {
      const std::string path = fmt::format("{}[{}]", name, i);
      const Json& text = (*texts)[i];
      if (!text.is_string()) {
        Problem(path, Mistyped(path, text));
        continue;
      }
      Result<Term> term = parse(text.get_ref<const std::string&>());
      if (!term && i + 1 < texts->size() && (*texts)[i + 1].is_string()) {
        // YAML's [day(ts), bucket(16, id)] has three entries.
        Result<Term> whole = parse(text.get_ref<const std::string&>() + ", " +
                                   (*texts)[i + 1].get_ref<const std::string&>());
        if (whole) {
          term = std::move(whole);
          ++i;
        }
      }
      if (term) {
        terms.push_back(*std::move(term));
      } else {
        Problem(path, fmt::format("{}: {}", path, term.error().message));
      }
    }
    return terms;
  }

  void ReadProperties(TableLayout& layout) {
    const Json* const properties = Find(kTableProperties);
    if (properties == nullptr) return;
    if (!properties->is_object()) {
      return Problem(kTableProperties, Mistyped(kTableProperties, *properties));
    }
    if (properties->size() > kTablePropertiesMax) {
      return Problem(kTableProperties,
                     fmt::format("{} has {} properties, and at most {} are read", kTableProperties,
                                 properties->size(), kTablePropertiesMax));
    }
    for (const auto& [name, value] : properties->items()) {
      const std::string path = fmt::format("{}.{}", kTableProperties, name);
      if (!value.is_string()) {
        Problem(path, Mistyped(path, value));
        continue;
      }
      const auto& text = value.get_ref<const std::string&>();
      if (name == kFormatVersion && !iceberg::IsMadeVersion(text)) {
        Problem(path, fmt::format("{}: tables are made in format version 2 or 3, not '{}'", path,
                                  codec::ShortName(text)));
      }
      layout.properties.emplace(name, text);
    }
  }

  void ReadLocation(TableLayout& layout) {
    const Json* const location = Find(kLocation);
    if (location == nullptr) return;
    if (!location->is_string()) return Problem(kLocation, Mistyped(kLocation, *location));
    auto uri = Uri::Parse(location->get_ref<const std::string&>());
    if (!uri) {
      return Problem(kLocation, fmt::format("{}: {}", kLocation, uri.error().message));
    }
    while (uri->key.ends_with('/')) uri->key.pop_back();
    if (uri->key.empty()) {
      return Problem(kLocation,
                     fmt::format("{} must name a folder for the table, as s3://bucket/folder: '{}'",
                                 kLocation, uri->ToString()));
    }
    layout.location = *std::move(uri);
  }

  void Problem(std::string_view path, std::string message) {
    problems_.push_back({std::string(path), std::move(message)});
  }

  const Json& item_;
  std::vector<AttributeProblem>& problems_;
};

}  // namespace

TableLayout ReadTableLayout(const Json& item, std::vector<AttributeProblem>& problems) {
  return LayoutReader(item, problems).Read();
}

}  // namespace eider::routes
