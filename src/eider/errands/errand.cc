#include "eider/errands/errand.h"

#include <string>
#include <string_view>

#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/codec/sha256.h"

namespace eider::errands {
namespace {

constexpr std::size_t kIdDigits = 12;

}  // namespace

std::string ErrandText(const Errand& errand) {
  if (errand.is_done()) return "";
  codec::Json json = {{"claim", errand.claim_id}};
  if (!errand.notify.empty()) json["notify"] = errand.notify;
  if (errand.object) json["object"] = routes::ToText(*errand.object);
  return codec::ToJsonText(json);
}

Result<Errand> ParseErrand(std::string_view text) {
  EIDER_ASSIGN(const codec::Json json, codec::ParseJson(text));
  EIDER_ASSIGN(const codec::JsonObject object, codec::JsonObject::Of(json, "errands"));
  Errand errand;
  EIDER_ASSIGN(errand.claim_id, object.String("claim"));
  if (object.Has("notify")) {
    EIDER_ASSIGN(errand.notify, object.Strings("notify"));
  }
  EIDER_ASSIGN(const auto object_text, object.OptionalString("object"));
  if (object_text) {
    EIDER_ASSIGN(errand.object, routes::ParseAfterLoad(*object_text));
  }
  return errand;
}

std::string TargetId(std::string_view address) {
  return codec::Sha256Hex(address).substr(0, kIdDigits);
}

}  // namespace eider::errands
