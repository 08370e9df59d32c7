// Chance that can be repeated: what a seed decides, and the numbers of a run from its environment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

namespace eider::fault {

// Of the environment's variable.
inline std::uint64_t NumberOf(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::stoull(text);
}

// What the next thing is. The same seed gives the same history.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : bits_(seed) {}

  // From 0 to `count` - 1.
  std::size_t Below(std::size_t count) {
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(bits_);
  }

  bool OneIn(std::size_t count) { return Below(count) == 0; }

  template <typename Values>
  const auto& OneOf(const Values& values) {
    return values[Below(values.size())];
  }

 private:
  std::mt19937_64 bits_;
};

}  // namespace eider::fault
