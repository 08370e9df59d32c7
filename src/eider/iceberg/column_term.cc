#include "eider/iceberg/column_term.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"
#include "eider/config/nearest_name.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/transform.h"
#include "eider/iceberg/transform_name.h"
#include "eider/iceberg/type.h"
#include "eider/records/lower_name.h"

namespace eider::iceberg {
namespace {

using records::LowerName;

constexpr std::size_t kColumnsShownMax = 10;

using TransformNames = std::span<const TransformName>;

// A new field of nothing but nulls (void) is of no use, so there is no term for it.
constexpr TransformNames kNames = TransformNames(kTransformNames).first(kTransformNames.size() - 1);

// Spark's, which are read and not written.
constexpr auto kPlurals = std::to_array<TransformName>({
    {"years", TransformKind::kYear},
    {"months", TransformKind::kMonth},
    {"days", TransformKind::kDay},
    {"hours", TransformKind::kHour},
});

// Of names without quotes; all bytes of letters beyond ASCII are among them.
bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || (static_cast<unsigned char>(c) & 0x80U) != 0;
}

bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::optional<int> NumberIn(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::unexpected<Error> WrongTerm(const ColumnTerm& term, const std::string& what) {
  return Fail(Code::kInvalid, fmt::format("`{}`: {}", codec::ShortName(ToString(term)), what));
}

// "`region`, bucket(N, region), truncate(W, region)".
std::string PossibleTerms(const Type& type, const std::string& path) {
  std::vector<std::string> possible;
  for (const auto& [name, kind] : kNames) {
    if (!TransformedType({kind, 1}, type)) continue;
    const std::string column = TermName(path);
    if (kind == TransformKind::kIdentity) {
      possible.push_back(column);
    } else if (HasParameter(kind)) {
      const char* const number = kind == TransformKind::kBucket ? "N" : "W";
      possible.push_back(fmt::format("{}({}, {})", name, number, column));
    } else {
      possible.push_back(fmt::format("{}({})", name, column));
    }
  }
  return fmt::to_string(fmt::join(possible, ", "));
}

std::string ColumnHint(const std::string& wrong, const std::vector<std::string>& paths) {
  const std::vector<std::string_view> names(paths.begin(), paths.end());
  if (const auto nearest = config::NearestName(wrong, names); !nearest.empty()) {
    return fmt::format("did you mean `{}`?", nearest);
  }
  const std::size_t shown = std::min(paths.size(), kColumnsShownMax);
  return fmt::format("there are {}{}",
                     fmt::join(paths.begin(), paths.begin() + static_cast<int>(shown), ", "),
                     shown < paths.size() ? ", …" : "");
}

// A column as a term may name it.
struct Candidate {
  TermSource source;
  bool is_repeated;
};

std::vector<Candidate> CandidatesOf(const Schema& schema) {
  std::vector<Candidate> candidates;
  VisitFields(schema, [&](const Field& field, const std::string& path, bool repeated) {
    candidates.push_back({{&field, path}, repeated});
  });
  return candidates;
}

Result<Candidate> FindCandidate(const Schema& schema, const ColumnTerm& term) {
  const std::vector<Candidate> candidates = CandidatesOf(schema);
  std::vector<std::string> usable;
  const Candidate* in_other_case = nullptr;
  bool is_ambiguous = false;
  for (const Candidate& candidate : candidates) {
    const std::string& path = candidate.source.path;
    if (path == term.column) return candidate;
    if (LowerName(path) == LowerName(term.column)) {
      is_ambiguous = in_other_case != nullptr;
      in_other_case = &candidate;
    }
    if (!candidate.is_repeated && candidate.source.field->type.IsPrimitive()) {
      usable.push_back(path);
    }
  }
  if (in_other_case != nullptr && !is_ambiguous) return *in_other_case;
  return WrongTerm(term, fmt::format("there is no column `{}`; {}", codec::ShortName(term.column),
                                     ColumnHint(term.column, usable)));
}

}  // namespace

std::string TermName(std::string_view name) {
  if (!name.empty() && std::ranges::all_of(name, IsNameByte)) return std::string(name);
  std::string quoted = "\"";
  for (const char c : name) {
    quoted += c;
    if (c == '"') quoted += c;
  }
  return quoted + '"';
}

std::string ToString(const ColumnTerm& term) {
  const TransformKind kind = term.transform.kind;
  const std::string column = TermName(term.column);
  if (kind == TransformKind::kIdentity) return column;
  if (!HasParameter(kind)) return fmt::format("{}({})", NameOf(kind), column);
  return fmt::format("{}({}, {})", NameOf(kind), term.transform.parameter, column);
}

std::string TermText(const Schema& schema, int source_id, const std::string& transform) {
  std::string column = fmt::format("column {}", source_id);
  VisitFields(schema, [&](const Field& field, const std::string& path, bool) {
    if (field.id == source_id) column = path;
  });
  const auto known = ParseTransform(transform);
  return known ? ToString(ColumnTerm{*known, column})
               : fmt::format("{}({})", transform, TermName(column));
}

std::unexpected<Error> TermReader::Wrong(const std::string& what) const {
  return Fail(Code::kInvalid, fmt::format("`{}`: {}", codec::ShortName(text_), what));
}

void TermReader::PassSpace() {
  while (offset_ < text_.size() && IsSpace(text_[offset_])) ++offset_;
}

bool TermReader::Take(char mark) {
  PassSpace();
  if (offset_ == text_.size() || text_[offset_] != mark) return false;
  ++offset_;
  return true;
}

// Letters and quoted pieces without anything between them.
Result<TermReader::Word> TermReader::NextWord() {
  PassSpace();
  Word word;
  while (offset_ < text_.size()) {
    const char first = text_[offset_];
    if (first != '"' && first != '`') {
      if (!IsNameByte(first)) break;
      word.text += first;
      ++offset_;
      continue;
    }
    word.is_quoted = true;
    for (++offset_;; ++offset_) {
      if (offset_ == text_.size()) return Wrong(fmt::format("a quote {} is not closed", first));
      const bool is_quote = text_[offset_] == first;
      const bool is_twice = is_quote && text_.substr(offset_ + 1).starts_with(first);
      if (is_quote && !is_twice) break;
      if (is_twice) ++offset_;
      word.text += first == text_[offset_] ? first : text_[offset_];
    }
    ++offset_;
  }
  if (word.text.empty()) {
    return Wrong(offset_ == text_.size()
                     ? std::string("a name is missing at the end")
                     : fmt::format("a name is missing before `{}` (names with other "
                                   "characters than letters, digits and _ stand in double quotes)",
                                   codec::ShortName(text_.substr(offset_))));
  }
  return word;
}

Result<std::vector<TermReader::Word>> TermReader::Arguments() {
  std::vector<Word> arguments;
  do {
    EIDER_ASSIGN(arguments.emplace_back(), NextWord());
  } while (Take(','));
  if (!Take(')')) return Wrong("a ) is missing");
  return arguments;
}

// Behind the name and its parenthesis.
Result<ColumnTerm> TermReader::Call(const Word& name) {
  const std::string lower = LowerName(name.text);
  std::vector<TransformName> known(kNames.begin(), kNames.end());
  known.insert(known.end(), kPlurals.begin(), kPlurals.end());
  const auto found = std::ranges::find(known, lower, &TransformName::name);
  if (found == known.end()) {
    std::vector<std::string_view> names;
    for (const TransformName& one : known) names.push_back(one.name);
    return Wrong(fmt::format("there is no transform {}; {}", codec::ShortName(name.text),
                             config::NameHint(lower, names)));
  }
  EIDER_ASSIGN(std::vector<Word> arguments, Arguments());
  ColumnTerm term{{found->kind}, {}};
  if (!HasParameter(found->kind)) {
    if (arguments.size() != 1) {
      return Wrong(fmt::format("{} takes one column, as {}(ts)", lower, lower));
    }
    term.column = std::move(arguments[0].text);
    return term;
  }
  const auto number_in = [](const Word& word) {
    return word.is_quoted ? std::nullopt : NumberIn(word.text);
  };
  const std::size_t at = arguments.size() == 2 && !number_in(arguments[0]) ? 1 : 0;
  const auto number = number_in(arguments[at]);
  if (arguments.size() != 2 || !number || *number < 1) {
    return Wrong(
        fmt::format("{} takes a whole number from 1 to 2147483647 and a column, as "
                    "{}(16, id)",
                    lower, lower));
  }
  term.transform.parameter = *number;
  term.column = std::move(arguments[1 - at].text);
  return term;
}

Result<ColumnTerm> TermReader::Term() {
  EIDER_ASSIGN(Word word, NextWord());
  if (!word.is_quoted && Take('(')) return Call(word);
  return ColumnTerm{{}, std::move(word.text)};
}

Result<std::string> TermReader::Name() {
  EIDER_ASSIGN(Word word, NextWord());
  return std::move(word.text);
}

bool TermReader::TakeWord(std::string_view word) {
  PassSpace();
  const std::string_view next = text_.substr(offset_, word.size());
  if (LowerName(next) != word) return false;
  const std::size_t end = offset_ + word.size();
  if (end < text_.size() && !IsSpace(text_[end])) return false;
  offset_ = end;
  return true;
}

Status TermReader::End() {
  PassSpace();
  if (offset_ == text_.size()) return {};
  return Wrong(
      fmt::format("`{}` is not expected there; a name with other characters than letters, "
                  "digits and _ stands in double quotes",
                  codec::ShortName(text_.substr(offset_))));
}

Result<TermSource> FindSource(const Schema& schema, const ColumnTerm& term) {
  EIDER_ASSIGN(Candidate found, FindCandidate(schema, term));
  const auto& [field, path] = found.source;
  if (found.is_repeated) {
    return WrongTerm(term, fmt::format("column `{}` is inside of a list or a map, so a row may "
                                       "have many of it",
                                       path));
  }
  if (field->type.kind == TypeKind::kStruct && !field->type.fields.empty()) {
    return WrongTerm(term, fmt::format("column `{}` is a struct; name one of its fields, such as "
                                       "`{}.{}`",
                                       path, path, field->type.fields.front().name));
  }
  const std::string possible = PossibleTerms(field->type, path);
  if (TransformedType(term.transform, field->type)) return std::move(found.source);
  return WrongTerm(term, fmt::format("column `{}` is of type {}, {}", path, ToString(field->type),
                                     possible.empty() ? "of which no term can be made"
                                                      : "of which these can be made: " + possible));
}

}  // namespace eider::iceberg
