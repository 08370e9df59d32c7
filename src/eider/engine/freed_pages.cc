// The settings of the jemalloc inside libduckdb. Its documentation: jemalloc(3), "MALLCTL
// NAMESPACE".
#include "eider/engine/freed_pages.h"

#include <sys/types.h>

#include <cstddef>
#include <string>

#include <fmt/format.h>

// Weak: a DuckDB without jemalloc has no such function.
extern "C" [[gnu::weak]] int duckdb_je_mallctl(const char* name, void* old_value,
                                               std::size_t* old_size, void* new_value,
                                               std::size_t new_size);

namespace eider::engine {
namespace {

// An arena that nobody has used yet refuses; it will have the default.
void SetToZero(const std::string& name) {
  ssize_t milliseconds = 0;
  (void)duckdb_je_mallctl(name.c_str(), nullptr, nullptr, &milliseconds, sizeof(milliseconds));
}

}  // namespace

void ReturnFreedPages() {
  if (duckdb_je_mallctl == nullptr) return;
  for (const char* kind : {"dirty", "muzzy"}) {
    SetToZero(fmt::format("arenas.{}_decay_ms", kind));
  }
  unsigned arenas = 0;
  std::size_t size = sizeof(arenas);
  if (duckdb_je_mallctl("arenas.narenas", &arenas, &size, nullptr, 0) != 0) return;
  for (unsigned arena = 0; arena < arenas; ++arena) {
    for (const char* kind : {"dirty", "muzzy"}) {
      SetToZero(fmt::format("arena.{}.{}_decay_ms", arena, kind));
    }
  }
}

}  // namespace eider::engine
