// Reading from front to end, a piece at a time.
#include "eider/engine/file_text.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"
#include "eider/codec/transcoder.h"
#include "eider/codec/unpacker.h"
#include "eider/codec/utf8.h"
#include "eider/engine/text_file.h"
#include "eider/store/object_store.h"

namespace eider::engine {
namespace {

constexpr std::uint64_t kPieceBytes = 1U << 20U;

}  // namespace

Result<std::string> CompressionOf(QueryGrants& grants, const std::string& path) {
  EIDER_ASSIGN(store::ObjectReader* const reader, grants.OpenUnchecked(path));
  std::string head(std::min<std::uint64_t>(4, reader->info().size_bytes), '\0');
  EIDER_CHECK(reader->ReadAt(0, head));
  if (codec::Unpacker::For(head) == nullptr) return "uncompressed";
  return head.front() == '\x1f' ? "gzip" : "zstd";
}

records::Pieces PiecesOf(QueryGrants& grants, const std::string& path) {
  return [&grants, path](const std::function<bool(std::string_view)>& take) -> Status {
    EIDER_ASSIGN(store::ObjectReader* const reader, grants.OpenUnchecked(path));
    const std::uint64_t size = reader->info().size_bytes;
    std::unique_ptr<codec::Unpacker> unpacker;
    std::string piece;
    for (std::uint64_t offset = 0; offset < size; offset += piece.size()) {
      if (grants.stop_requested()) return Fail(Code::kCancelled, "the query was stopped");
      piece.resize(std::min(kPieceBytes, size - offset));
      EIDER_CHECK(reader->ReadAt(offset, piece));
      if (offset == 0) unpacker = codec::Unpacker::For(piece);
      bool is_enough = false;
      const auto pass_on = [&](std::string_view text) {
        is_enough = !take(text);
        return !is_enough;
      };
      const bool goes_on = unpacker ? unpacker->Feed(piece, pass_on) : pass_on(piece);
      if (is_enough) return {};
      if (!goes_on) break;
    }
    if (unpacker == nullptr) return {};
    EIDER_CHECK(unpacker->Finish());
    // DuckDB takes zeros behind the end of gzip for damage.
    const std::uint64_t padding = unpacker->PaddingBytes();
    return padding > 0 ? grants.CutAt(path, size - padding) : Status();
  };
}

Status TranscodeInput(QueryGrants& grants, const std::string& path, const std::string& encoding,
                      const std::string& temp_directory) {
  EIDER_ASSIGN(const auto transcoder, codec::Transcoder::From(encoding));
  EIDER_ASSIGN(const store::ObjectReader* const original, grants.OpenInput(path));
  EIDER_ASSIGN(const auto file, TextFile::Make(original->info(), temp_directory));
  Status status;
  std::string text;
  EIDER_CHECK(PiecesOf(grants, path)([&](std::string_view piece) {
    text.clear();
    status = transcoder->Feed(piece, text);
    if (status) status = file->Write(text);
    return status.has_value();
  }));
  EIDER_CHECK(status);
  EIDER_CHECK(transcoder->Finish());
  return grants.Replace(path, file);
}

Result<std::string> FindWrongUtf8(QueryGrants& grants, const std::string& path) {
  std::string line;
  std::string found;
  std::uint64_t lines = 0;
  const auto look = [&] {
    ++lines;
    if (!codec::IsUtf8(line)) {
      found = fmt::format("line {} is not UTF-8: `{}`", lines, codec::ShortName(line));
    }
    line.clear();
    return found.empty();
  };
  EIDER_CHECK(PiecesOf(grants, path)([&](std::string_view piece) {
    while (!piece.empty()) {
      const std::size_t end = piece.find('\n');
      line.append(piece.substr(0, end));
      if (end == std::string_view::npos) break;
      piece.remove_prefix(end + 1);
      if (!look()) return false;
    }
    return true;
  }));
  if (found.empty() && !line.empty()) look();
  return found;
}

}  // namespace eider::engine
