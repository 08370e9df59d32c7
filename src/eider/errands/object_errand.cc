#include "eider/errands/object_errand.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"

namespace eider::errands {
namespace {

using ledger::LoadRecord;
using routes::AfterLoad;
using routes::ObjectDeed;
using store::ObjectInfo;

constexpr std::string_view kTagName = "eider";
constexpr std::size_t kTokenDigits = 8;
constexpr std::array kTryAgain = {Code::kUnavailable, Code::kDenied, Code::kOutcomeUnknown,
                                  Code::kCancelled};

std::string LeftAsItIs(std::string_view why) {
  return fmt::format("left as it is: {}", why);
}

bool IsTheSame(const FileRef& file, const ObjectInfo& present) {
  if (!file.version_id.empty()) return present.version_id == file.version_id;
  return file.etag.empty() || present.etag == file.etag;
}

std::string TokenOf(const LoadRecord& record) {
  return record.commit_token.substr(0, kTokenDigits);
}

// Where it goes, and whether it is there already: an earlier attempt may have ended half way.
struct Place {
  Uri uri;
  bool is_there = false;
};

Result<Place> PlaceOf(const ObjectErrandDeps& deps, const LoadRecord& record,
                      const ObjectInfo& object, const Uri& prefix) {
  Place place{routes::PlaceBelow(prefix, record.file.uri)};
  // Where its own name there is another's, nothing is put over that.
  for (const std::string& ending : {std::string(), "." + TokenOf(record)}) {
    place.uri.key += ending;
    const auto there = deps.store.Stat(place.uri);
    if (!there && there.error().code == Code::kNotFound) return place;
    if (!there) return std::unexpected(there.error());
    place.is_there = there->size_bytes == object.size_bytes && there->etag == object.etag;
    if (place.is_there) return place;
  }
  return place;  // of this file alone, by an attempt that was cut off
}

// Who moved it may have died before it said so. The name that only this file has is looked at
// first; a copy's ETag may be another (of an object that was put in parts), its size is not.
Result<std::string> GoneAlready(const ObjectErrandDeps& deps, const LoadRecord& record,
                                const AfterLoad& errand) {
  if (errand.deed == ObjectDeed::kMove) {
    const Uri plain = routes::PlaceBelow(*errand.prefix, record.file.uri);
    for (const std::string& ending : {"." + TokenOf(record), std::string()}) {
      const Uri place{plain.scheme, plain.bucket, plain.key + ending};
      const auto there = deps.store.Stat(place);
      if (!there && there.error().code != Code::kNotFound) return std::unexpected(there.error());
      if (there && there->size_bytes == record.file.size_bytes) {
        return fmt::format("{}{}", ledger::kMoved, place.ToString());
      }
    }
  }
  return LeftAsItIs("it is not there any more");
}

Result<std::string> MoveOrCopy(const ObjectErrandDeps& deps, const LoadRecord& record,
                               const ObjectInfo& object, const AfterLoad& errand) {
  EIDER_ASSIGN(const Place place, PlaceOf(deps, record, object, *errand.prefix));
  const store::OpenOptions which{.etag = object.etag, .version_id = record.file.version_id};
  const bool is_move = errand.deed == ObjectDeed::kMove;
  if (place.is_there) {
    if (is_move) EIDER_CHECK(deps.deeds.RemoveIf(record.file.uri, object.etag));
  } else if (is_move) {
    EIDER_CHECK(deps.deeds.Move(record.file.uri, which, place.uri));
  } else {
    EIDER_CHECK(deps.deeds.Copy(record.file.uri, which, place.uri));
  }
  return fmt::format("{}{}", is_move ? ledger::kMoved : "copied to ", place.uri.ToString());
}

Result<std::string> Tag(const ObjectErrandDeps& deps, const LoadRecord& record) {
  const std::string value = record.state == ledger::State::kLoaded ? "loaded" : "failed";
  const FileRef& file = record.file;
  EIDER_ASSIGN(auto tags, deps.store.Tags(file.uri, file.version_id));
  tags[std::string(kTagName)] = value;
  EIDER_CHECK(deps.deeds.SetTags(file.uri, file.version_id, tags));
  return fmt::format("tagged {}={}", kTagName, value);
}

Result<std::string> Run(const ObjectErrandDeps& deps, const LoadRecord& record,
                        const ObjectInfo& object, const AfterLoad& errand) {
  switch (errand.deed) {
    case ObjectDeed::kTag:
      return Tag(deps, record);
    case ObjectDeed::kDelete:
      EIDER_CHECK(deps.deeds.RemoveIf(record.file.uri, object.etag));
      return std::string(ledger::kDeleted);
    case ObjectDeed::kMove:
    case ObjectDeed::kCopy:
      break;
  }
  return MoveOrCopy(deps, record, object, errand);
}

}  // namespace

Result<std::string> RunObjectErrand(const ObjectErrandDeps& deps, const LoadRecord& record,
                                    const AfterLoad& errand) {
  const auto present = deps.store.Stat(record.file.uri);
  if (!present && present.error().code == Code::kNotFound) return GoneAlready(deps, record, errand);
  if (!present) return std::unexpected(present.error());
  if (!IsTheSame(record.file, *present)) return LeftAsItIs("it was replaced since");
  auto done = Run(deps, record, *present, errand);
  if (done || std::ranges::find(kTryAgain, done.error().code) != kTryAgain.end()) return done;
  const Error& error = done.error();
  if (error.code == Code::kConflict) return LeftAsItIs("it was replaced since");
  return LeftAsItIs(error.message);
}

}  // namespace eider::errands
