// Texts of a vector of DuckDB's, each mapped to something once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duckdb/common/types/vector.hpp>

namespace eider::engine {

// Maps the texts of VARCHAR vectors. Of a vector with a dictionary, as columns of Parquet files
// come, each entry of the dictionary is mapped once, however many rows have it; of others a text
// that is the same as the one before is not mapped again.
//
// Used by one thread.
template <typename Mapped>
class TextVectorReader {
 public:
  // What `map(text or none)` gives, for each of the `count` rows, until the next call.
  template <typename Map>
  const std::vector<Mapped>& Read(duckdb::Vector& texts, duckdb::idx_t count, const Map& map) {
    const bool has_dictionary = texts.GetVectorType() == duckdb::VectorType::DICTIONARY_VECTOR &&
                                duckdb::DictionaryVector::DictionarySize(texts).IsValid();
    if (has_dictionary) Follow(texts);
    texts.ToUnifiedFormat(count, format_);
    mapped_.resize(count);
    if (has_dictionary) {
      for (duckdb::idx_t row = 0; row < count; ++row) {
        const duckdb::idx_t entry = format_.sel->get_index(row);
        if (entry >= dictionary_.size()) dictionary_.resize(entry + 1);  // one for null
        auto& known = dictionary_[entry];
        if (!known) known = map(TextAt(entry));
        mapped_[row] = *known;
      }
      return mapped_;
    }
    std::optional<std::string_view> last;
    for (duckdb::idx_t row = 0; row < count; ++row) {
      const auto text = TextAt(format_.sel->get_index(row));
      mapped_[row] = row > 0 && text == last ? mapped_[row - 1] : map(text);
      last = text;
    }
    return mapped_;
  }

 private:
  // Forgets the entries of another dictionary. One without a name may be new in every vector.
  void Follow(const duckdb::Vector& texts) {
    const std::string& id = duckdb::DictionaryVector::DictionaryId(texts);
    const duckdb::idx_t size = duckdb::DictionaryVector::DictionarySize(texts).GetIndex();
    if (!id.empty() && id == dictionary_id_ && size == dictionary_size_) return;
    dictionary_id_ = id;
    dictionary_size_ = size;
    dictionary_.assign(size, std::nullopt);
  }

  std::optional<std::string_view> TextAt(duckdb::idx_t index) const {
    if (!format_.validity.RowIsValid(index)) return std::nullopt;
    const auto& text = duckdb::UnifiedVectorFormat::GetData<duckdb::string_t>(format_)[index];
    return std::string_view(text.GetData(), text.GetSize());
  }

  duckdb::UnifiedVectorFormat format_;
  std::vector<Mapped> mapped_;
  std::string dictionary_id_;
  duckdb::idx_t dictionary_size_ = 0;
  std::vector<std::optional<Mapped>> dictionary_;
};

}  // namespace eider::engine
