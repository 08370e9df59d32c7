// Rows for people: aligned columns where they fit, one line per value where they do not.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace eider::app {

enum class Align : std::uint8_t { kLeft, kRight };

class TextTable {
 public:
  struct Column {
    std::string title;
    Align align = Align::kLeft;
  };

  explicit TextTable(std::vector<Column> columns);

  // `cells`: as many as there are columns. `note`: lines below the row, indented; empty: none.
  void Add(std::vector<std::string> cells, const std::string& note = {});

  // Further lines below the row that was added last.
  void AddNote(const std::string& note);

  // With `columns_max` (0: no limit) a table that is wider is printed as blocks of "title value".
  std::string ToString(int columns_max) const;

 private:
  struct Row {
    std::vector<std::string> cells;
    std::vector<std::string> notes;
  };

  std::string Aligned(const std::vector<std::size_t>& widths) const;
  std::string Blocks() const;

  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

// The number of characters that a terminal shows (code points; none is taken for two wide).
std::size_t DisplayWidth(const std::string& text);

}  // namespace eider::app
