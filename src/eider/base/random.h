// Randomness as something passed in, so that tests can repeat themselves.
#pragma once

#include <cstdint>
#include <mutex>
#include <random>
#include <string>

namespace eider {

// Safe for concurrent calls from several threads.
class Random {
 public:
  virtual ~Random() = default;

  // 64 uniformly distributed bits.
  virtual std::uint64_t Next() = 0;
};

// Seeded from the operating system. Not for secrets.
class SystemRandom final : public Random {
 public:
  SystemRandom();
  std::uint64_t Next() override;

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

// The same sequence for the same seed. For tests.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t Next() override;

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

// A version 4 UUID in lower-case canonical text (RFC 9562).
std::string NewUuid(Random& random);

}  // namespace eider
