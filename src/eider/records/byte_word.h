// Eight bytes of a text as one word, the first byte lowest: which of them are a letter is told at
// once, by the high bit of each. The processor compares two of them side by side.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace eider::records {

inline constexpr std::size_t kWordBytes = sizeof(std::uint64_t);

inline std::uint64_t LoadWord(const char* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof(word));
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

// The letter in all bytes.
constexpr std::uint64_t Spread(char c) {
  return 0x0101010101010101ULL * static_cast<unsigned char>(c);
}

// The bytes that are the letter; exact for all of them.
constexpr std::uint64_t Equal(std::uint64_t word, std::uint64_t spread) {
  constexpr std::uint64_t kLow7 = Spread('\x7F');
  const std::uint64_t differs = word ^ spread;
  return ~(((differs & kLow7) + kLow7) | differs | kLow7);
}

// Two words, as the vectors of GCC and Clang, which every processor has.
using ByteBlock [[gnu::vector_size(2 * kWordBytes)]] = unsigned char;

inline ByteBlock LoadBlock(const char* bytes) {
  ByteBlock block;
  std::memcpy(&block, bytes, sizeof(block));
  return block;
}

// The bytes of the first or second word that were found, of a comparison's bytes.
template <typename Found>
std::uint64_t WordOf(Found found, std::size_t word) {
  std::array<char, sizeof(Found)> bytes;
  std::memcpy(bytes.data(), &found, sizeof(found));
  return LoadWord(bytes.data() + word * kWordBytes) & Spread('\x80');
}

// The control characters, which JSON has in no string; exact for the first one.
constexpr std::uint64_t BelowBlank(std::uint64_t word) {
  return (word - Spread(' ')) & ~word & Spread('\x80');
}

// The place of the first byte that was found; `found` is not 0.
constexpr std::size_t FirstByte(std::uint64_t found) {
  return static_cast<std::size_t>(std::countr_zero(found)) / 8;
}

}  // namespace eider::records
