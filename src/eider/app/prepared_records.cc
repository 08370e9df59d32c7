#include "eider/app/prepared_records.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "eider/base/in_parallel.h"
#include "eider/base/random.h"
#include "eider/source/command_line.h"

namespace eider::app {
namespace {

constexpr std::uint64_t kRecordBytesMax = 256ULL << 20U;
constexpr std::string_view kSuffix = ".json";

// Records that are read side by side, and those of one step.
constexpr std::size_t kReadersMax = 16;
constexpr std::size_t kPerStep = 256;

source::Surroundings SurroundingsOf(Session& session) {
  auto& store = session.program.store();
  return {store, store.local(), session.working_directory};
}

// Reads them side by side and shows them in their order; whether `visit` wants more.
bool Show(store::ObjectStore& store, const std::vector<store::ObjectInfo>& objects,
          const std::function<bool(FoundRecord found)>& visit) {
  std::vector<std::optional<Result<pipeline::PreparedRecord>>> records(objects.size());
  InParallel(objects.size(), kReadersMax, [&](std::size_t i) {
    const auto text = store::ReadAll(store, objects[i].uri, kRecordBytesMax);
    records[i] = text ? pipeline::ParsePrepared(*text, objects[i].uri.ToString())
                      : std::unexpected(text.error());
  });
  for (std::size_t i = 0; i < objects.size(); ++i) {
    if (!visit({objects[i].uri, objects[i].modified, *std::move(records[i])})) return false;
  }
  return true;
}

}  // namespace

Result<Uri> PlaceOfRecords(Session& session, const std::string& argument) {
  EIDER_ASSIGN(source::Target target, source::FindTarget(argument, SurroundingsOf(session)));
  if (!target.uri.key.ends_with('/')) target.uri.key += '/';
  return target.uri;
}

Result<std::string> PutRecord(store::ObjectStore& store, const Uri& place,
                              const pipeline::PreparedRecord& record, Clock& clock,
                              Random& random) {
  Uri uri = place;
  uri.key +=
      fmt::format("{:%Y%m%dT%H%M%S}-{}{}", std::chrono::floor<std::chrono::seconds>(clock.Now()),
                  NewUuid(random), kSuffix);
  EIDER_CHECK(store.Put(uri, pipeline::PreparedText(record), store::PutMode::kIfAbsent));
  EIDER_CHECK(store.Sync({&uri, 1}));
  return uri.ToString();
}

Status EachRecordBelow(store::ObjectStore& store, const Uri& folder,
                       const std::function<bool(FoundRecord found)>& visit) {
  std::vector<store::ObjectInfo> found;
  bool wants_more = true;
  EIDER_CHECK(store.List(folder, [&](const store::ObjectInfo& object) {
    if (!object.uri.key.ends_with(kSuffix)) return true;
    found.push_back(object);
    if (found.size() == kPerStep) wants_more = Show(store, std::exchange(found, {}), visit);
    return wants_more;
  }));
  if (wants_more) Show(store, found, visit);
  return {};
}

Status EachRecord(Session& session, const std::string& argument,
                  const std::function<bool(FoundRecord found)>& visit) {
  store::ObjectStore& store = session.program.store();
  EIDER_ASSIGN(const source::Target target, source::FindTarget(argument, SurroundingsOf(session)));
  if (target.is_prefix) return EachRecordBelow(store, target.uri, visit);
  EIDER_ASSIGN(const store::ObjectInfo object, store.Stat(target.uri));
  Show(store, {object}, visit);
  return {};
}

}  // namespace eider::app
