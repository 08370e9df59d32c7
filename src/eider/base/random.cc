// Random numbers and the UUIDs made from them.
#include "eider/base/random.h"

#include <cstdint>
#include <mutex>
#include <random>
#include <string>

#include <fmt/format.h>

namespace eider {
namespace {

std::mt19937_64 SeededFromTheSystem() {
  std::random_device device;
  std::seed_seq seed{device(), device(), device(), device()};
  return std::mt19937_64(seed);
}

}  // namespace

SystemRandom::SystemRandom() : engine_(SeededFromTheSystem()) {}

std::uint64_t SystemRandom::Next() {
  const std::lock_guard lock(mutex_);
  return engine_();
}

std::uint64_t SeededRandom::Next() {
  const std::lock_guard lock(mutex_);
  return engine_();
}

std::string NewUuid(Random& random) {
  const std::uint64_t high = (random.Next() & ~0xF000ULL) | 0x4000ULL;
  const std::uint64_t low = (random.Next() & ~(3ULL << 62U)) | (2ULL << 62U);
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32U, (high >> 16U) & 0xFFFFU,
                     high & 0xFFFFU, low >> 48U, low & 0xFFFFFFFFFFFFULL);
}

}  // namespace eider
