// A plug-in in C++ by nanoarrow: doubles the column `amount`, and hands on all others.
//
// Build: c++ -std=c++17 double.cc, with nanoarrow and its IPC part.
#include <nanoarrow/nanoarrow.h>
#include <nanoarrow/nanoarrow_ipc.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

// What fails is told on standard error; Eider shows it.
void Must(ArrowErrorCode code, const ArrowError& error) {
  if (code == NANOARROW_OK) return;
  std::fprintf(stderr, "%s\n", error.message);
  std::exit(1);
}

// Of a column of doubles: its values are the second buffer.
void Double(const ArrowArray& column) {
  auto* const values = static_cast<double*>(const_cast<void*>(column.buffers[1]));
  for (std::int64_t row = 0; row < column.length; ++row) values[column.offset + row] *= 2;
}

std::int64_t PlaceOf(const ArrowSchema& schema, const char* name) {
  for (std::int64_t i = 0; i < schema.n_children; ++i) {
    if (std::strcmp(schema.children[i]->name, name) == 0) return i;
  }
  return -1;
}

// One file: from its schema to the end of its stream.
void HandOn() {
  ArrowError error{};
  ArrowIpcInputStream input{};
  Must(ArrowIpcInputStreamInitFile(&input, stdin, 0), error);
  ArrowArrayStream rows{};
  Must(ArrowIpcArrayStreamReaderInit(&rows, &input, nullptr), error);
  ArrowSchema schema{};
  Must(ArrowArrayStreamGetSchema(&rows, &schema, &error), error);
  const std::int64_t amount = PlaceOf(schema, "amount");

  ArrowIpcOutputStream output{};
  Must(ArrowIpcOutputStreamInitFile(&output, stdout, 0), error);
  ArrowIpcWriter writer{};
  Must(ArrowIpcWriterInit(&writer, &output), error);
  Must(ArrowIpcWriterWriteSchema(&writer, &schema, &error), error);
  ArrowArrayView view{};
  Must(ArrowArrayViewInitFromSchema(&view, &schema, &error), error);
  for (;;) {
    ArrowArray batch{};
    Must(ArrowArrayStreamGetNext(&rows, &batch, &error), error);
    if (batch.release == nullptr) break;
    if (amount >= 0) Double(*batch.children[amount]);
    Must(ArrowArrayViewSetArray(&view, &batch, &error), error);
    Must(ArrowIpcWriterWriteArrayView(&writer, &view, &error), error);
    ArrowArrayRelease(&batch);
  }
  Must(ArrowIpcWriterWriteArrayView(&writer, nullptr, &error), error);
  std::fflush(stdout);
  ArrowIpcWriterReset(&writer);
  ArrowArrayViewReset(&view);
  ArrowSchemaRelease(&schema);
  ArrowArrayStreamRelease(&rows);
}

}  // namespace

int main() {
  for (int next = std::getchar(); next != EOF; next = std::getchar()) {
    std::ungetc(next, stdin);
    HandOn();
  }
}
