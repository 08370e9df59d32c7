#include "eider/app/text_table.h"

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eider/app/console.h"

namespace eider::app {
namespace {

constexpr std::string_view kGap = "  ";

std::string Padded(const std::string& text, std::size_t width, Align align) {
  const std::size_t shown = DisplayWidth(text);
  const std::string padding(width > shown ? width - shown : 0, ' ');
  return align == Align::kRight ? padding + text : text + padding;
}

std::string WithoutTrailingSpaces(std::string line) {
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

}  // namespace

TextTable::TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

void TextTable::Add(std::vector<std::string> cells, const std::string& note) {
  for (std::string& cell : cells) cell = Printable(cell);
  rows_.push_back({std::move(cells), {}});
  if (!note.empty()) AddNote(note);
}

void TextTable::AddNote(const std::string& note) {
  std::istringstream lines(PrintableLines(note));
  for (std::string line; std::getline(lines, line);) rows_.back().notes.push_back(line);
}

std::string TextTable::ToString(int columns_max) const {
  std::vector<std::size_t> widths;
  std::size_t total = 0;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = DisplayWidth(columns_[i].title);
    for (const Row& row : rows_) width = std::max(width, DisplayWidth(row.cells[i]));
    widths.push_back(width);
    total += width + (i == 0 ? 0 : kGap.size());
  }
  const bool fits = columns_max <= 0 || total <= static_cast<std::size_t>(columns_max);
  return fits ? Aligned(widths) : Blocks();
}

std::string TextTable::Aligned(const std::vector<std::size_t>& widths) const {
  std::string text;
  const auto add_line = [&](const auto& cell_at) {
    std::string line;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) line += kGap;
      line += Padded(cell_at(i), widths[i], columns_[i].align);
    }
    text += WithoutTrailingSpaces(std::move(line)) + '\n';
  };
  add_line([&](std::size_t i) { return columns_[i].title; });
  for (const Row& row : rows_) {
    add_line([&](std::size_t i) { return row.cells[i]; });
    for (const std::string& note : row.notes) text.append(kGap).append(kGap).append(note) += '\n';
  }
  return text;
}

std::string TextTable::Blocks() const {
  std::size_t width = 0;
  for (const Column& column : columns_) width = std::max(width, DisplayWidth(column.title));
  std::string text;
  for (const Row& row : rows_) {
    if (!text.empty()) text += '\n';
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string title = Padded(columns_[i].title, width, Align::kLeft);
      text += WithoutTrailingSpaces(title + std::string(kGap) + row.cells[i]) + '\n';
    }
    for (const std::string& note : row.notes) text.append(kGap).append(note) += '\n';
  }
  return text;
}

std::size_t DisplayWidth(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;  // not a UTF-8 continuation
  }));
}

}  // namespace eider::app
