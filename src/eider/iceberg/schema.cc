// Walks over a schema: paths, fresh ids, and what makes a schema one that a table can have.
#include "eider/iceberg/schema.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/iceberg/metadata_limits.h"
#include "eider/iceberg/type.h"

namespace eider::iceberg {
namespace {

constexpr int kDecimalPrecisionMax = 38;

using Visit = std::function<void(const Field&, const std::string&, bool)>;

void VisitAll(const std::vector<Field>& fields, const std::string& prefix, bool repeated,
              const Visit& visit) {
  for (const Field& field : fields) {
    const std::string path = prefix + field.name;
    visit(field, path, repeated);
    const bool repeats = field.type.kind == TypeKind::kList || field.type.kind == TypeKind::kMap;
    VisitAll(field.type.fields, path + ".", repeated || repeats, visit);
  }
}

// Gives one level its ids, then each field's own level in turn, as Java does.
struct FreshIds {
  int last_id = 0;
  std::map<int, int> new_by_old;

  void Assign(std::vector<Field>& fields) {
    for (Field& field : fields) {
      const int old_id = std::exchange(field.id, ++last_id);
      new_by_old[old_id] = field.id;
    }
    for (Field& field : fields) Assign(field.type.fields);
  }
};

Status CheckPrimitive(const Type& type, const std::string& path) {
  if (type.kind == TypeKind::kDecimal) {
    if (type.precision < 1 || type.precision > kDecimalPrecisionMax) {
      return Fail(Code::kInvalid,
                  fmt::format("column '{}': a decimal has a precision of 1 to {} digits, not {}",
                              path, kDecimalPrecisionMax, type.precision));
    }
    if (type.scale < 0 || type.scale > type.precision) {
      return Fail(Code::kInvalid,
                  fmt::format("column '{}': a decimal's scale is 0 to its precision {}, not {}",
                              path, type.precision, type.scale));
    }
  }
  if (type.kind == TypeKind::kFixed && type.length < 1) {
    return Fail(
        Code::kInvalid,
        fmt::format("column '{}': a fixed has a length of 1 or more, not {}", path, type.length));
  }
  return {};
}

// A message shows no more of a name.
constexpr std::size_t kShownNameBytes = 60;

std::string ShownName(const std::string& name) {
  if (name.size() <= kShownNameBytes) return name;
  std::size_t end = kShownNameBytes;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0U) == 0x80U) --end;
  return name.substr(0, end) + "…";
}

// Whether the type has more than `left` levels. Goes no deeper than that.
bool IsDeeper(const Type& type, int left) {
  if (type.IsPrimitive()) return false;
  return left == 0 || std::ranges::any_of(type.fields, [&](const Field& field) {
           return IsDeeper(field.type, left - 1);
         });
}

Status CheckLimitsBelow(const std::vector<Field>& fields, const std::string& column,
                        std::size_t& count) {
  for (const Field& field : fields) {
    if (++count > kFieldsMax) {
      return Fail(Code::kUnsupported,
                  fmt::format("the schema has more than {} columns and nested fields, from column "
                              "'{}' on",
                              kFieldsMax, column.empty() ? ShownName(field.name) : column));
    }
    if (field.name.size() > kFieldNameBytesMax) {
      return Fail(Code::kUnsupported,
                  fmt::format("the name of a column or field has more than {} bytes: '{}' of {}",
                              kFieldNameBytesMax, ShownName(field.name), field.name.size()));
    }
    EIDER_CHECK(CheckLimitsBelow(field.type.fields, column.empty() ? ShownName(field.name) : column,
                                 count));
  }
  return {};
}

// Comes first: what is below the limits the other checks can walk.
Status CheckLimits(const Schema& schema) {
  for (const Field& field : schema.fields) {
    if (IsDeeper(field.type, kTypeDepthMax)) {
      return Fail(Code::kUnsupported,
                  fmt::format("column '{}' is nested deeper than the {} levels that table metadata "
                              "may have",
                              ShownName(field.name), kTypeDepthMax));
    }
  }
  std::size_t count = 0;
  return CheckLimitsBelow(schema.fields, "", count);
}

Status CheckFields(const std::vector<Field>& fields, const std::string& prefix);

Status CheckType(const Type& type, const std::string& path) {
  const std::size_t children = type.fields.size();
  const bool shaped =
      type.kind == TypeKind::kStruct || (type.kind == TypeKind::kList && children == 1) ||
      (type.kind == TypeKind::kMap && children == 2) || (type.IsPrimitive() && children == 0);
  if (!shaped) {
    return Fail(Code::kInvalid, fmt::format("column '{}': a {} cannot have {} children", path,
                                            ToString(type), children));
  }
  if (type.kind == TypeKind::kMap && !type.fields[0].required) {
    return Fail(Code::kInvalid, fmt::format("column '{}': a map's key must be required", path));
  }
  EIDER_CHECK(CheckPrimitive(type, path));
  return CheckFields(type.fields, path + ".");
}

Status CheckFields(const std::vector<Field>& fields, const std::string& prefix) {
  std::set<std::string_view> names;
  for (const Field& field : fields) {
    const std::string path = prefix + field.name;
    if (field.name.empty()) {
      return Fail(Code::kInvalid, prefix.empty()
                                      ? std::string("a column without a name")
                                      : fmt::format("a field without a name inside column '{}'",
                                                    prefix.substr(0, prefix.size() - 1)));
    }
    if (!names.insert(field.name).second) {
      return Fail(Code::kInvalid, fmt::format("two columns have the same name: '{}'", path));
    }
    EIDER_CHECK(CheckType(field.type, path));
  }
  return {};
}

// The field of that id if it occurs exactly once per row: required structs at most around it.
const Field* FindOncePerRow(const std::vector<Field>& fields, int id) {
  for (const Field& field : fields) {
    if (field.id == id) return &field;
    if (!field.required || field.type.kind != TypeKind::kStruct) continue;
    if (const Field* found = FindOncePerRow(field.type.fields, id)) return found;
  }
  return nullptr;
}

Status CheckIdentifier(const Schema& schema, int id) {
  const Field* field = FindOncePerRow(schema.fields, id);
  if (field == nullptr) {
    return Fail(Code::kInvalid,
                fmt::format("no column, and no field of required structs, has the identifier "
                            "field id {}",
                            id));
  }
  const TypeKind kind = field->type.kind;
  if (!field->required || !field->type.IsPrimitive() || kind == TypeKind::kFloat ||
      kind == TypeKind::kDouble) {
    return Fail(
        Code::kInvalid,
        fmt::format("column '{}' cannot identify a row: it must be required and of a "
                    "primitive type other than float and double, not {} {}",
                    field->name, field->required ? "required" : "optional", ToString(field->type)));
  }
  return {};
}

}  // namespace

const Field* Schema::FindColumn(std::string_view name) const {
  const auto found = std::ranges::find(fields, name, &Field::name);
  return found == fields.end() ? nullptr : &*found;
}

void VisitFields(const Schema& schema, const Visit& visit) {
  VisitAll(schema.fields, "", false, visit);
}

Schema AssignFreshIds(const Schema& schema) {
  Schema fresh = schema;
  FreshIds ids;
  ids.Assign(fresh.fields);
  for (int& id : fresh.identifier_field_ids) id = ids.new_by_old[id];
  return fresh;
}

int HighestFieldId(const Schema& schema) {
  int highest = 0;
  VisitFields(schema, [&](const Field& field, const std::string&, bool) {
    highest = std::max(highest, field.id);
  });
  return highest;
}

Status CheckSchema(const Schema& schema) {
  EIDER_CHECK(CheckLimits(schema));
  EIDER_CHECK(CheckFields(schema.fields, ""));
  for (const int id : schema.identifier_field_ids) EIDER_CHECK(CheckIdentifier(schema, id));
  return {};
}

}  // namespace eider::iceberg
