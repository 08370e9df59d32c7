#include "eider/app/preview_text.h"

#include <string>
#include <utility>
#include <vector>

#include "eider/app/console.h"
#include "eider/app/text_table.h"
#include "eider/codec/shortened_text.h"

namespace eider::app {

std::string PreviewText(const engine::Preview& preview, int columns_max) {
  std::vector<TextTable::Column> titles;
  for (const std::string& column : preview.columns) {
    titles.push_back({Printable(codec::ShortName(column))});
  }
  TextTable table(titles);
  for (std::vector<std::string> row : preview.rows) {
    for (std::string& value : row) value = codec::Shortened(value, codec::kWordBytesMax);
    table.Add(std::move(row));
  }
  // Without rows there are no blocks to print: the titles at least.
  return table.ToString(preview.rows.empty() ? 0 : columns_max);
}

}  // namespace eider::app
