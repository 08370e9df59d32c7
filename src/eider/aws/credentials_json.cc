#include "eider/aws/credentials_json.h"

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "eider/aws/time_text.h"
#include "eider/codec/json.h"

namespace eider::aws {
namespace {

// The text of a field; empty when it is not there or no text. Read by hand: the messages of
// codec::JsonObject show the value that they found.
std::string TextOf(const codec::Json& json, std::string_view key) {
  const auto found = json.find(std::string(key));
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

Result<Credentials> ParseCredentials(std::string_view text, const CredentialsFields& fields) {
  const auto json = codec::ParseJson(text);
  if (!json || !json->is_object()) {
    return Fail(Code::kCorrupt, "the answer with the credentials is no JSON object");
  }
  Credentials credentials{.access_key_id = TextOf(*json, "AccessKeyId"),
                          .secret_access_key = TextOf(*json, "SecretAccessKey"),
                          .session_token = TextOf(*json, fields.token),
                          .expires = {}};
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) {
    return Fail(Code::kCorrupt, "the answer has no AccessKeyId or no SecretAccessKey");
  }
  if (json->contains(std::string(fields.expiration))) {
    credentials.expires = ParseIsoTime(TextOf(*json, fields.expiration));
    if (!credentials.expires) {
      return Fail(Code::kCorrupt,
                  fmt::format("{} of the credentials is no time", fields.expiration));
    }
  }
  return credentials;
}

}  // namespace eider::aws
