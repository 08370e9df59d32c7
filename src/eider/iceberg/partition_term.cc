#include "eider/iceberg/partition_term.h"

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/result.h"
#include "eider/iceberg/column_term.h"
#include "eider/iceberg/partition_spec.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/transform.h"

namespace eider::iceberg {
namespace {

constexpr int kFirstPartitionFieldId = 1000;

bool IsOfTime(TransformKind kind) {
  return kind == TransformKind::kYear || kind == TransformKind::kMonth ||
         kind == TransformKind::kDay || kind == TransformKind::kHour;
}

std::string NameOf(const Transform& transform, const std::string& path) {
  switch (transform.kind) {
    case TransformKind::kBucket:
      return path + "_bucket";
    case TransformKind::kTruncate:
      return path + "_trunc";
    case TransformKind::kYear:
    case TransformKind::kMonth:
    case TransformKind::kDay:
    case TransformKind::kHour:
      return path + "_" + ToString(transform);
    case TransformKind::kIdentity:
    case TransformKind::kVoid:
      break;
  }
  return path;
}

// The fields of a new spec, each against those before it.
class SpecMaker {
 public:
  explicit SpecMaker(const Schema& schema) : schema_(schema) {
    VisitFields(schema, [&](const Field& field, const std::string& path, bool) {
      column_ids_.emplace(path, field.id);
    });
  }

  Status Add(const PartitionTerm& term) {
    EIDER_ASSIGN(const TermSource source, FindSource(schema_, term.term));
    const Transform& transform = term.term.transform;
    PartitionField field{.source_id = source.field->id,
                         .field_id = kFirstPartitionFieldId + static_cast<int>(terms_.size()),
                         .name = term.name.empty() ? NameOf(transform, source.path) : term.name,
                         .transform = ToString(transform)};
    for (std::size_t i = 0; i < terms_.size(); ++i) {
      EIDER_CHECK(CheckBeside(term, field, i));
    }
    const auto column = column_ids_.find(field.name);
    const bool is_own = column != column_ids_.end() && transform.kind == TransformKind::kIdentity &&
                        column->second == field.source_id;
    if (column != column_ids_.end() && !is_own) {
      return Wrong(term, fmt::format("its name would be `{}`, which is another column's; name it "
                                     "otherwise, as `{} as {}_part`",
                                     field.name, ToString(term.term), field.name));
    }
    spec_.fields.push_back(std::move(field));
    terms_.push_back(term);
    return {};
  }

  PartitionSpec Take() && { return std::move(spec_); }

 private:
  // Against the earlier field at `index`.
  Status CheckBeside(const PartitionTerm& term, const PartitionField& field,
                     std::size_t index) const {
    const PartitionField& earlier = spec_.fields[index];
    const std::string earlier_text = ToString(terms_[index]);
    if (earlier.source_id == field.source_id && earlier.transform == field.transform) {
      return Wrong(term, fmt::format("the table is partitioned by `{}` already", earlier_text));
    }
    if (earlier.source_id == field.source_id && IsOfTime(term.term.transform.kind) &&
        IsOfTime(terms_[index].term.transform.kind)) {
      return Wrong(term, fmt::format("`{}` divides the same column by time already, and readers "
                                     "find years, months and days by the finer of the two: keep "
                                     "that one alone",
                                     earlier_text));
    }
    if (earlier.name == field.name) {
      return Wrong(
          term, fmt::format("its name would be `{}`, which `{}` has; name one of them "
                            "otherwise, as `{} as {}_{}`",
                            field.name, earlier_text, ToString(term.term), field.name, index + 2));
    }
    return {};
  }

  static std::unexpected<Error> Wrong(const PartitionTerm& term, const std::string& what) {
    return Fail(Code::kInvalid, fmt::format("`{}`: {}", ToString(term), what));
  }

  const Schema& schema_;
  std::map<std::string, int> column_ids_;  // by path
  PartitionSpec spec_;
  std::vector<PartitionTerm> terms_;
};

}  // namespace

Result<PartitionTerm> ParsePartitionTerm(std::string_view text) {
  TermReader reader(text);
  PartitionTerm term;
  EIDER_ASSIGN(term.term, reader.Term());
  if (reader.TakeWord("as")) {
    EIDER_ASSIGN(term.name, reader.Name());
  }
  EIDER_CHECK(reader.End());
  return term;
}

std::string ToString(const PartitionTerm& term) {
  const std::string text = ToString(term.term);
  return term.name.empty() ? text : fmt::format("{} as {}", text, TermName(term.name));
}

Result<PartitionSpec> MakePartitionSpec(const Schema& schema,
                                        std::span<const PartitionTerm> terms) {
  SpecMaker maker(schema);
  for (const PartitionTerm& term : terms) EIDER_CHECK(maker.Add(term));
  return std::move(maker).Take();
}

std::string SpecText(const Schema& schema, const PartitionSpec& spec) {
  std::vector<std::string> terms;
  for (const PartitionField& field : spec.fields) {
    std::string text = TermText(schema, field.source_id, field.transform);
    const auto transform = ParseTransform(field.transform);
    std::string path;
    VisitFields(schema, [&](const Field& visited, const std::string& at, bool) {
      if (visited.id == field.source_id) path = at;
    });
    if (!transform || field.name != NameOf(*transform, path)) {
      text += " as " + TermName(field.name);
    }
    terms.push_back(std::move(text));
  }
  return terms.empty() ? "unpartitioned" : fmt::to_string(fmt::join(terms, ", "));
}

}  // namespace eider::iceberg
