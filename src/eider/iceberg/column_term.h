// A column, or what a transform makes of it, as routes and SQL write it: `region`, `day(ts)`,
// `bucket(16, id)`, `truncate(4, name)`. Terms of partitions and of sort orders are made of these.
//
// A column inside of a struct is named by its path, `address.city`. A name that has other
// characters than letters, digits and '_' stands in double quotes or backticks. Words of the
// grammar are read in any case, and names of columns too where only one column is meant.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/result.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/transform.h"
#include "eider/iceberg/type.h"

namespace eider::iceberg {

struct ColumnTerm {
  Transform transform;
  std::string column;  // its path

  bool operator==(const ColumnTerm&) const = default;
};

// As it is read: "bucket(16, id)"; identity is the column alone.
std::string ToString(const ColumnTerm& term);

// The name as a term has it: quoted where it must be.
std::string TermName(std::string_view name);

// The term of a field in table metadata, whose transform may be one that is not known here:
// "zorder(a)". A column that the schema has no more is shown by its id, as "column 7".
std::string TermText(const Schema& schema, int source_id, const std::string& transform);

// Reads terms and the words behind them. Used by one thread. Borrows the text. Errors: kInvalid,
// with the whole text.
class TermReader {
 public:
  explicit TermReader(std::string_view text) : text_(text) {}

  // Also Spark's `days(ts)` and the like, and the number behind the column, as Trino has it.
  Result<ColumnTerm> Term();

  Result<std::string> Name();

  // Passes the word, in whatever case, if it comes next.
  bool TakeWord(std::string_view word);

  // Nothing is left.
  Status End();

 private:
  struct Word {
    std::string text;
    bool is_quoted = false;
  };

  void PassSpace();
  bool Take(char mark);
  Result<Word> NextWord();
  Result<std::vector<Word>> Arguments();
  Result<ColumnTerm> Call(const Word& name);
  std::unexpected<Error> Wrong(const std::string& what) const;

  std::string_view text_;
  std::size_t offset_ = 0;
};

// Where a term's values come from.
struct TermSource {
  const Field* field;  // of the schema
  std::string path;    // as the schema spells it
};

// Errors: kInvalid (no such column, one within lists or maps or not of a primitive type, a
// transform that takes no values of its type), with what is possible.
Result<TermSource> FindSource(const Schema& schema, const ColumnTerm& term);

}  // namespace eider::iceberg
