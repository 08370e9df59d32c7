// The catalog's operations as calls of the REST protocol.
#include "eider/catalog/rest_catalog.h"

#include <algorithm>
#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/aws/service_client.h"
#include "eider/base/result.h"
#include "eider/catalog/pointer_error.h"
#include "eider/catalog/rest_json.h"
#include "eider/catalog/seen_tables.h"
#include "eider/catalog/warehouse_location.h"
#include "eider/iceberg/table_metadata_json.h"

namespace eider::catalog {
namespace {

using iceberg::TableName;

constexpr std::string_view kNoNamespace = "NoSuchNamespaceException";
constexpr std::string_view kCredentials =
    "GET /v1/{prefix}/namespaces/{namespace}/tables/{table}/credentials";
constexpr std::string_view kTransactions = "POST /v1/{prefix}/transactions/commit";

// More pages or namespaces than any catalog has: a server that goes on for ever.
constexpr int kPagesMax = 100'000;
constexpr std::size_t kNamespacesMax = 100'000;

// RFC 9562, version 7: the time in front, as the specification wants idempotency keys.
std::string NewIdempotencyKey(Clock& clock, Random& random) {
  const std::string random_part = NewUuid(random);
  const std::string time = fmt::format("{:012x}", UnixMillis(clock.Now()));
  return fmt::format("{}-{}-7{}", time.substr(0, 8), time.substr(8, 4), random_part.substr(15));
}

class RestCatalog final : public Catalog {
 public:
  RestCatalog(RestCatalogOptions options, const RestCatalogDeps& deps)
      : session_(std::move(options.server), deps.server),
        warehouse_(std::move(options.warehouse)),
        take_access_(std::move(options.take_access)),
        deps_(deps) {}

  Result<LoadedTable> Load(const TableName& table) override;

  std::optional<LoadedTable> Known(const TableName& table) override { return seen_.Known(table); }

  Result<LoadedTable> Create(const CreateTableRequest& request) override;
  Result<LoadedTable> Commit(const TableName& table, const LoadedTable& base,
                             const iceberg::TableChange& change) override;

  bool commits_together() const override {
    const auto server = session_.Server();
    return server && (*server)->Has(kTransactions);
  }

  Result<std::vector<LoadedTable>> CommitAll(std::span<const TableCommit> commits) override;
  Status Drop(const TableName& table, const LoadedTable& base) override;
  Result<std::vector<TableName>> List() override;

 private:
  using Writer = SeenTables::Writer;

  RestCall Change(RestServer& server, std::string path, std::string body, RestEffect effect) const;
  Result<LoadedTable> StateOf(const TableName& table, const RestTable& answer, Writer writer);
  Result<LoadedTable> StateAfter(RestServer& server, const TableName& table, const RestCall& call,
                                 const std::string& body);
  Status HandOn(const TableName& table, const RestTable& answer,
                const iceberg::TableMetadata& metadata);
  Result<RestProperties> AskForAccess(const TableName& table, const std::string& prefix);
  Status CreateNamespace(RestServer& server, const Namespace& name_space);
  Status AwaitFiles(std::span<const TableCommit> commits);
  Result<LoadedTable> CommitOne(RestServer& server, const TableCommit& commit);
  Result<std::vector<LoadedTable>> CommitTogether(RestServer& server,
                                                  std::span<const TableCommit> commits);
  Error NotCommitted(const TableName& table, Error error);

  // Visits what all pages of a list hold. `query`: of the first page, empty or "key=value".
  template <typename Item>
  Status ForEach(RestServer& server, const std::string& path, const std::string& query,
                 Result<RestPage<Item>> (*parse)(std::string_view),
                 const std::function<void(Item)>& visit);

  mutable RestSession session_;
  const std::optional<Uri> warehouse_;
  const TakeAccess take_access_;
  const RestCatalogDeps deps_;
  SeenTables seen_;
};

RestCall RestCatalog::Change(RestServer& server, std::string path, std::string body,
                             RestEffect effect) const {
  RestCall call{
      .method = "POST", .path = std::move(path), .body = std::move(body), .effect = effect};
  if (server.takes_idempotency_keys()) {
    call.idempotency_key = NewIdempotencyKey(deps_.server.clock, deps_.server.random);
  }
  return call;
}

// Errors: kCorrupt, kUnsupported.
Result<LoadedTable> RestCatalog::StateOf(const TableName& table, const RestTable& answer,
                                         Writer writer) {
  if (writer == Writer::kOther && !answer.metadata_location.empty()) {
    if (auto known = seen_.At(table, answer.metadata_location)) return *std::move(known);
  }
  auto metadata = iceberg::ParseTableMetadata(answer.metadata_json);
  if (!metadata) {
    return Fail(fmt::format("metadata of table {} in the REST catalog", table.ToString()),
                std::move(metadata).error());
  }
  EIDER_CHECK(HandOn(table, answer, *metadata));
  LoadedTable state{std::make_shared<const iceberg::TableMetadata>(*std::move(metadata)),
                    answer.metadata_location};
  seen_.Remember(table, state, writer);
  return state;
}

Status RestCatalog::HandOn(const TableName& table, const RestTable& answer,
                           const iceberg::TableMetadata& metadata) {
  EIDER_ASSIGN(auto all, VendedFor(metadata, answer.config, answer.credentials));
  if (!take_access_) return {};
  for (VendedProperties& vended : all) {
    const auto renew = [this, table, prefix = vended.prefix] {
      return AskForAccess(table, prefix);
    };
    EIDER_ASSIGN(VendedAccess access,
                 NewVendedAccess(std::move(vended), renew, deps_.server.clock));
    take_access_(std::move(access));
  }
  return {};
}

// By the endpoint for it, where there is one; else the table is asked for again.
Result<RestProperties> RestCatalog::AskForAccess(const TableName& table,
                                                 const std::string& prefix) {
  EIDER_ASSIGN(RestServer* const server, session_.Server());
  RestCall call{.path = server->TablePath(table)};
  const bool has_endpoint = server->Has(kCredentials);
  if (has_endpoint) call.path += "/credentials";
  const auto body = server->client().Ask(call);
  if (!body) {
    return Fail(fmt::format("cannot renew the access to the objects of table {}", table.ToString()),
                body.error().error);
  }
  RestProperties config;
  std::vector<StorageCredential> credentials;
  if (has_endpoint) {
    EIDER_ASSIGN(credentials, ParseStorageCredentials(*body));
  } else {
    EIDER_ASSIGN(RestTable answer, ParseRestTable(*body));
    config = std::move(answer.config);
    credentials = std::move(answer.credentials);
  }
  return PropertiesFor(prefix, config, credentials);
}

Result<LoadedTable> RestCatalog::Load(const TableName& table) {
  EIDER_ASSIGN(RestServer* const server, session_.Server());
  const RestCall call{.path = server->TablePath(table)};
  const auto body = server->client().Ask(call);
  if (!body) {
    if (body.error().error.code == Code::kNotFound) return std::unexpected(NoSuchTable(table));
    return std::unexpected(body.error().error);
  }
  const auto answer = ParseRestTable(*body);
  if (!answer) return std::unexpected(server->client().Unreadable(call, *body, answer.error()));
  return StateOf(table, *answer, Writer::kOther);
}

// Of a change that the server has taken, as it seems. Errors: kOutcomeUnknown, kUnsupported (it is
// in, and the table cannot be used here).
Result<LoadedTable> RestCatalog::StateAfter(RestServer& server, const TableName& table,
                                            const RestCall& call, const std::string& body) {
  const auto answer = ParseRestTable(body);
  if (!answer) return std::unexpected(server.client().Unreadable(call, body, answer.error()));
  auto state = StateOf(table, *answer, Writer::kSelf);
  if (state || state.error().code == Code::kUnsupported) return state;
  return std::unexpected(server.client().Unreadable(call, body, state.error()));
}

// The outer levels first, as some servers have a namespace below one that is there only.
Status RestCatalog::CreateNamespace(RestServer& server, const Namespace& name_space) {
  const auto create = [&] {
    return server.client().Ask(Change(server, server.Path("namespaces"),
                                      CreateNamespaceBody(name_space), RestEffect::kChange));
  };
  auto created = create();
  if (!created && created.error().type == kNoNamespace && name_space.size() > 1) {
    EIDER_CHECK(CreateNamespace(server, {name_space.begin(), name_space.end() - 1}));
    created = create();
  }
  if (created || created.error().error.code == Code::kAlreadyExists) return {};
  Error error = std::move(created).error().error;
  // Whether it is there or not, there is no table in it yet: nothing is in doubt.
  if (error.code == Code::kOutcomeUnknown) error.code = Code::kUnavailable;
  return Fail("its namespace cannot be created", std::move(error));
}

Result<LoadedTable> RestCatalog::Create(const CreateTableRequest& request) {
  EIDER_ASSIGN(RestServer* const server, session_.Server());
  const std::string doing = fmt::format("cannot create table {}", request.name.ToString());
  if (Status checked = iceberg::CheckSchema(request.schema); !checked) {
    return Fail(doing, std::move(checked).error());
  }
  CreateTableRequest located = request;
  if (request.location || warehouse_) {
    EIDER_ASSIGN(located.location, LocationOf(request, warehouse_));
  }
  const auto new_call = [&] {
    return Change(*server, server->TablesPath(request.name.name_space), CreateTableBody(located),
                  RestEffect::kChange);
  };
  RestCall call = new_call();
  auto body = server->client().Ask(call);
  if (!body && body.error().type == kNoNamespace) {
    if (Status made = CreateNamespace(*server, request.name.name_space); !made) {
      return Fail(doing, std::move(made).error());
    }
    call = new_call();  // of another key: the first one's answer is kept
    body = server->client().Ask(call);
  }
  if (!body) {
    Error error = std::move(body).error().error;
    if (error.code == Code::kAlreadyExists) return std::unexpected(TableExists(request.name));
    if (error.code == Code::kNotFound) error.code = Code::kInvalid;
    return Fail(doing, std::move(error));
  }
  auto state = StateAfter(*server, request.name, call, *body);
  if (state) return state;
  return Fail(doing, std::move(state).error());
}

// The table must not have what its files do not.
Status RestCatalog::AwaitFiles(std::span<const TableCommit> commits) {
  std::vector<Uri> files;
  for (const TableCommit& commit : commits) {
    for (const std::string& path : commit.change.new_files) {
      EIDER_ASSIGN(files.emplace_back(), Uri::Parse(path));
    }
  }
  if (files.empty()) return {};
  const Status arrived = deps_.store.Sync(files);
  if (arrived) return {};
  Error error = Annotate("files of the table were not written", arrived.error());
  if (error.code == Code::kOutcomeUnknown || error.code == Code::kAlreadyExists) {
    error.code = Code::kUnavailable;
  }
  return std::unexpected(std::move(error));
}

Result<LoadedTable> RestCatalog::Commit(const TableName& table, const LoadedTable& base,
                                        const iceberg::TableChange& change) {
  const TableCommit commit{table, base, change};
  EIDER_ASSIGN(auto states, CommitAll({&commit, 1}));
  return std::move(states.front());
}

Result<std::vector<LoadedTable>> RestCatalog::CommitAll(std::span<const TableCommit> commits) {
  EIDER_ASSIGN(RestServer* const server, session_.Server());
  if (commits.size() > 1 && !server->Has(kTransactions)) {
    return Fail(
        Code::kUnsupported,
        fmt::format("this REST catalog commits to one table at a time, not to {}", commits.size()));
  }
  if (const Status arrived = AwaitFiles(commits); !arrived) {
    return Fail(fmt::format("cannot commit to table {}", commits.front().table.ToString()),
                arrived.error());
  }
  if (commits.size() > 1) return CommitTogether(*server, commits);
  EIDER_ASSIGN(LoadedTable state, CommitOne(*server, commits.front()));
  return std::vector{std::move(state)};
}

Error RestCatalog::NotCommitted(const TableName& table, Error error) {
  if (error.code == Code::kNotFound) return NoSuchTable(table);
  if (error.code == Code::kConflict) seen_.NoteConflict(table);
  const std::string doing =
      error.code == Code::kOutcomeUnknown
          ? fmt::format("it is not known whether table {} changed", table.ToString())
          : fmt::format("cannot commit to table {}", table.ToString());
  return Annotate(doing, std::move(error));
}

Result<LoadedTable> RestCatalog::CommitOne(RestServer& server, const TableCommit& commit) {
  const RestCall call =
      Change(server, server.TablePath(commit.table), CommitTableBody(commit), RestEffect::kCommit);
  auto body = server.client().Ask(call);
  if (!body) {
    return std::unexpected(NotCommitted(commit.table, std::move(body).error().error));
  }
  auto state = StateAfter(server, commit.table, call, *body);
  if (state) return state;
  Error error = std::move(state).error();
  error.code = Code::kOutcomeUnknown;  // whatever it is now, the rows may be in
  return std::unexpected(NotCommitted(commit.table, std::move(error)));
}

// The answer says nothing of the new states: they are loaded.
Result<std::vector<LoadedTable>> RestCatalog::CommitTogether(RestServer& server,
                                                             std::span<const TableCommit> commits) {
  const auto body =
      server.client().Ask(Change(server, server.Path("transactions/commit"),
                                 CommitTransactionBody(commits), RestEffect::kCommit));
  if (!body) {
    for (const TableCommit& commit : commits) {
      if (body.error().error.code == Code::kConflict) seen_.NoteConflict(commit.table);
    }
    return std::unexpected(NotCommitted(commits.front().table, body.error().error));
  }
  std::vector<LoadedTable> states;
  for (const TableCommit& commit : commits) {
    auto state = Load(commit.table);
    if (!state) {
      Error error = std::move(state).error();
      error.code = Code::kOutcomeUnknown;
      return std::unexpected(NotCommitted(commit.table, std::move(error)));
    }
    states.push_back(*std::move(state));
  }
  return states;
}

// DELETE has no condition: what is committed between the two calls goes along.
Status RestCatalog::Drop(const TableName& table, const LoadedTable& base) {
  EIDER_ASSIGN(RestServer* const server, session_.Server());
  EIDER_ASSIGN(const LoadedTable present, Load(table));
  if (present.metadata_location != base.metadata_location) {
    return std::unexpected(TableMoved(table, base.metadata_location, present.metadata_location));
  }
  const auto answer =
      server->client().Ask({.method = "DELETE",
                            .path = server->TablePath(table) + "?purgeRequested=false",
                            .effect = RestEffect::kChange});
  if (answer) return {};
  if (answer.error().error.code == Code::kNotFound) return std::unexpected(NoSuchTable(table));
  return Fail(fmt::format("cannot drop table {}", table.ToString()), answer.error().error);
}

template <typename Item>
Status RestCatalog::ForEach(RestServer& server, const std::string& path, const std::string& query,
                            Result<RestPage<Item>> (*parse)(std::string_view),
                            const std::function<void(Item)>& visit) {
  std::string rest = query;
  const auto page_size = server.properties().find("rest-page-size");
  if (page_size != server.properties().end()) {
    rest += fmt::format("{}pageSize={}", rest.empty() ? "" : "&",
                        aws::UriEncode(page_size->second, false));
  }
  std::string token;
  for (int page_number = 0; page_number < kPagesMax; ++page_number) {
    const bool is_paged = !token.empty() || page_size != server.properties().end();
    std::string whole = rest;
    if (is_paged) {
      whole +=
          fmt::format("{}pageToken={}", whole.empty() ? "" : "&", aws::UriEncode(token, false));
    }
    const RestCall call{.path = whole.empty() ? path : path + "?" + whole};
    const auto body = server.client().Ask(call);
    if (!body) return std::unexpected(body.error().error);
    auto page = parse(*body);
    if (!page) return std::unexpected(server.client().Unreadable(call, *body, page.error()));
    for (Item& item : page->items) visit(std::move(item));
    if (page->next_token.empty()) return {};
    token = std::move(page->next_token);
  }
  return Fail(Code::kCorrupt,
              fmt::format("the REST catalog has no end of pages: {} of {}", kPagesMax, path));
}

Result<std::vector<TableName>> RestCatalog::List() {
  EIDER_ASSIGN(RestServer* const server, session_.Server());
  std::vector<Namespace> waiting = {{}};
  std::vector<TableName> tables;
  for (std::size_t next = 0; next < waiting.size() && next < kNamespacesMax; ++next) {
    const Namespace parent = waiting[next];
    // Only what is one level below: some servers give all, or the outermost ones again.
    EIDER_CHECK(ForEach<Namespace>(*server, server->Path("namespaces"),
                                   parent.empty() ? "" : "parent=" + server->Encoded(parent),
                                   ParseNamespaces, [&](Namespace found) {
                                     const bool is_below =
                                         found.size() == parent.size() + 1 &&
                                         std::equal(parent.begin(), parent.end(), found.begin());
                                     if (is_below) waiting.push_back(std::move(found));
                                   }));
    if (parent.empty()) continue;
    EIDER_CHECK(ForEach<TableName>(*server, server->TablesPath(parent), "", ParseTables,
                                   [&](TableName table) { tables.push_back(std::move(table)); }));
  }
  std::ranges::sort(tables);
  return tables;
}

}  // namespace

std::unique_ptr<Catalog> NewRestCatalog(RestCatalogOptions options, const RestCatalogDeps& deps) {
  return std::make_unique<RestCatalog>(std::move(options), deps);
}

}  // namespace eider::catalog
