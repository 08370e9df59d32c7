// The two calls that give a role's credentials.
#include "eider/aws/sts.h"

#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "eider/aws/service_client.h"
#include "eider/aws/time_text.h"

namespace eider::aws {
namespace {

constexpr std::string_view kForm = "application/x-www-form-urlencoded";

struct Place {
  std::string region;
  std::string endpoint;
};

// The region's own STS; where no region is known, the one in us-east-1 that serves all.
Result<Place> FindSts(const Environment& environment) {
  const Result<std::string> region = FindRegion(environment);
  if (!region && region.error().code != Code::kNotFound) return std::unexpected(region.error());
  Place place{.region = region.value_or("us-east-1"), .endpoint = {}};
  EIDER_ASSIGN(place.endpoint, EndpointOf("sts", place.region, environment));
  return place;
}

std::string FormOf(std::string_view action, const RoleRequest& role) {
  std::string form =
      fmt::format("Action={}&Version=2011-06-15&RoleArn={}&RoleSessionName={}", action,
                  UriEncode(role.role_arn, false),
                  UriEncode(role.session_name.empty() ? "eider" : role.session_name, false));
  if (role.duration_seconds) form += fmt::format("&DurationSeconds={}", *role.duration_seconds);
  if (!role.external_id.empty()) form += "&ExternalId=" + UriEncode(role.external_id, false);
  if (!role.web_identity_token.empty()) {
    form += "&WebIdentityToken=" + UriEncode(role.web_identity_token, false);
  }
  return form;
}

// <ActionResponse><ActionResult><Credentials>…
Result<Credentials> ParseAnswer(std::string_view body) {
  pugi::xml_document document;
  if (!document.load_buffer(body.data(), body.size())) {
    return Fail(Code::kCorrupt, "the answer is no XML");
  }
  const pugi::xml_node node = document.document_element().first_child().child("Credentials");
  Credentials credentials{.access_key_id = node.child_value("AccessKeyId"),
                          .secret_access_key = node.child_value("SecretAccessKey"),
                          .session_token = node.child_value("SessionToken"),
                          .expires = ParseIsoTime(node.child_value("Expiration"))};
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty() ||
      !credentials.expires) {
    return Fail(Code::kCorrupt, "the answer has no complete credentials");
  }
  return credentials;
}

Result<Credentials> Conclude(const RoleRequest& role, Result<http::Response> response) {
  const std::string doing = fmt::format("cannot assume role {}", role.role_arn);
  if (!response) return Fail(doing, std::move(response).error());
  if (response->status != 200) return Fail(doing, ToError(ParseServiceError(*response)));
  Result<Credentials> credentials = ParseAnswer(response->body);
  if (!credentials) return Fail(doing, std::move(credentials).error());
  return credentials;
}

}  // namespace

Result<Credentials> AssumeRole(const RoleRequest& role, CredentialsProvider& source,
                               const Environment& environment, const SourceDeps& deps) {
  EIDER_ASSIGN(const Place place, FindSts(environment));
  ServiceClient client({.service = "sts", .region = place.region, .retry = kUnsignedRetries},
                       {deps.transport, source, deps.clock, deps.random});
  const std::string form = FormOf("AssumeRole", role);
  return Conclude(role, client.Send({.method = "POST",
                                     .url = place.endpoint + "/",
                                     .headers = {{"content-type", std::string(kForm)}},
                                     .body = form}));
}

Result<Credentials> AssumeRoleWithWebIdentity(const RoleRequest& role,
                                              const Environment& environment,
                                              const SourceDeps& deps) {
  EIDER_ASSIGN(const Place place, FindSts(environment));
  const std::string form = FormOf("AssumeRoleWithWebIdentity", role);
  return Conclude(role, SendUnsigned({.method = "POST",
                                      .url = place.endpoint + "/",
                                      .headers = {{"content-type", std::string(kForm)}},
                                      .body = form},
                                     deps));
}

}  // namespace eider::aws
