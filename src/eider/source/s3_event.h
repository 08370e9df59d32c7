// S3 event notifications to file references.
//
// `{"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": {"bucket":
// {"name"}, "object": {"key", "size", "eTag", "versionId", "sequencer"}}}]}`. Keys are URL-encoded
// with `+` for a space; Ceph (`ceph:s3`) and the Versity gateway (which says `aws:s3`) tell them as
// they are. `s3:TestEvent` and removals are no work. Sources: AWS, "Event message structure"; Ceph,
// "Bucket Notifications"; the programs of MinIO, Ceph and Versity.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/codec/json.h"

namespace eider::source {

// One record that is not usable, without stopping the others.
struct BadRecord {
  int index = 0;
  std::string message;
};

// One of so many pieces of a file, from 1.
struct FilePiece {
  int number = 1;
  int of = 1;
  std::string cut = {};  // tells pieces apart that the same file was cut into at another time

  bool operator==(const FilePiece&) const = default;
};

struct S3Event {
  std::vector<FileRef> files;  // size and ETag as far as the event tells them
  std::vector<BadRecord> bad_records;
  int ignored = 0;                      // removals and test events
  std::optional<FilePiece> piece = {};  // of its one file only this is to be prepared
};

// Errors: kCorrupt (no JSON, or no event that we know). Never throws, whatever the bytes.
Result<S3Event> ParseS3Event(std::string_view json);

// The same of a document that is parsed already.
Result<S3Event> ReadS3Event(const codec::Json& document);

// The event of one object that was created, in AWS's form: what ParseS3Event reads as the same
// file. A piece is an addition of ours, `"eiderPiece": {"number": 3, "of": 8, "cut": "2f6d…"}`
// beside the records; who does not know it takes the file whole.
std::string S3EventOf(const FileRef& file, const std::optional<FilePiece>& piece = {});

// `+` to space, %XX to bytes. Errors: kInvalid (a broken escape).
Result<std::string> DecodeEventKey(std::string_view encoded);

}  // namespace eider::source
