// Questions and answers: each method of the seam as one question.
#include "eider/engine/isolated_engine.h"

#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/base/advice.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/engine/call_codec.h"
#include "eider/engine/reader_process.h"
#include "eider/engine/sql_engine.h"

namespace eider::engine {
namespace {

using codec::Json;
using DataFiles = std::vector<iceberg::DataFile>;
using Texts = std::vector<std::optional<std::string>>;

Json AnswerOf(Json value) {
  return {{"value", std::move(value)}};
}

Json AnswerOf(const Error& error) {
  return {{"error", ToJson(error)}};
}

template <typename T, typename Encode>
Json AnswerOf(Result<T> result, const Encode& encode) {
  return result ? AnswerOf(encode(*result)) : AnswerOf(result.error());
}

class IsolatedEngine final : public SqlEngine {
 public:
  IsolatedEngine(std::function<ReaderProgram()> program, SqlEngine& in_process,
                 store::ObjectStore& store, std::optional<Milliseconds> timeout)
      : program_(std::move(program)), in_process_(in_process), store_(store), timeout_(timeout) {}

  Status Check(const std::string& sql) override { return in_process_.Check(sql); }

  Result<NewTable> Describe(const Query& query) override {
    return Ask<NewTable>({{"call", "describe"}, {"query", ToJson(query)}}, TimeOf(query), {},
                         NewTableFrom, query.input);
  }

  Result<std::optional<NewTable>> DescribeRows(const Query& query, std::stop_token stop) override {
    return Ask<std::optional<NewTable>>(
        {{"call", "describe-rows"}, {"query", ToJson(query)}}, TimeOf(query), std::move(stop),
        [](const Json& made) {
          return made.is_null() ? std::nullopt : std::optional(NewTableFrom(made));
        },
        query.input);
  }

  Result<Written> Run(const Query& query, const WriteTarget& target,
                      std::stop_token stop) override {
    const PartQuery part{query, target};
    EIDER_ASSIGN(auto written, RunParts({&part, 1}, std::move(stop)));
    return std::move(written.front());
  }

  Result<Written> RunRejects(const PartQuery& part, const WriteTarget& rejects,
                             std::stop_token stop) override {
    auto written = Ask<Written>({{"call", "run-rejects"},
                                 {"part", ToJson(part)},
                                 {"rejects", ToJson(PartQuery{part.query, rejects})}},
                                TimeOf(part.query), std::move(stop), WrittenFrom, part.query.input);
    if (!written) {
      const PartQuery left{part.query, rejects};
      RemoveLeftovers({&left, 1});
    }
    return written;
  }

  Result<std::vector<Written>> RunParts(std::span<const PartQuery> parts,
                                        std::stop_token stop) override {
    Json list = Json::array();
    std::optional<Milliseconds> time = Milliseconds(0);
    for (const PartQuery& part : parts) {
      list.push_back(ToJson(part));
      const auto own = TimeOf(part.query);
      time = time && own ? std::optional(*time + *own) : std::nullopt;
    }
    auto written = Ask<std::vector<Written>>(
        {{"call", "run"}, {"parts", std::move(list)}}, time, stop,
        [&](const Json& answer) {
          std::vector<Written> each;
          for (const Json& of_part : answer) each.push_back(WrittenFrom(of_part));
          if (each.size() != parts.size()) throw std::runtime_error("not a list for each part");
          return each;
        },
        parts.front().query.input);
    if (!written) RemoveLeftovers(parts);
    return written;
  }

  // A child is for one file.
  Result<GroupWritten> RunGroup(const Query& query, std::span<const InputFile> /*files*/,
                                const WriteTarget& /*target*/, std::stop_token /*stop*/) override {
    return Fail(Code::kUnsupported, "a file that is read by a process of its own is in no group: " +
                                        query.input.uri.ToString());
  }

  Result<Texts> DistinctValues(const InputFile& input, const std::string& column, int values_max,
                               std::stop_token stop) override {
    return Ask<Texts>(
        {{"call", "distinct-values"},
         {"input", ToJson(input.file)},
         {"column", BytesToJson(column)},
         {"values_max", values_max}},
        timeout_, stop,
        [](const Json& list) {
          Texts values;
          for (const Json& text : list) {
            values.push_back(text.is_null() ? std::nullopt : std::optional(BytesFrom(text)));
          }
          return values;
        },
        input.file);
  }

  Result<std::map<std::string, std::string>> ParquetMetadata(const InputFile& input,
                                                             std::stop_token stop) override {
    return Ask<std::map<std::string, std::string>>(
        {{"call", "parquet-metadata"}, {"input", ToJson(input.file)}}, timeout_, stop,
        [](const Json& pairs) {
          std::map<std::string, std::string> metadata;
          for (const Json& pair : pairs)
            metadata.emplace(BytesFrom(pair.at(0)), BytesFrom(pair.at(1)));
          return metadata;
        },
        input.file);
  }

  Result<Explanation> Explain(const Query& query, const iceberg::Schema* table,
                              const std::string& table_name) override {
    return in_process_.Explain(query, table, table_name);
  }

  Result<Exported> Export(const Query& query, RowFormat format,
                          std::optional<std::uint64_t> rows_max, const TakeBytes& take,
                          std::stop_token stop) override {
    return in_process_.Export(query, format, rows_max, take, std::move(stop));
  }

  Result<Preview> FirstRows(const Query& query, int rows_max) override {
    return in_process_.FirstRows(query, rows_max);
  }

  Result<Preview> Sample(const Query& query, int rows_max) override {
    return in_process_.Sample(query, rows_max);
  }

  Result<Preview> Head(const DataFiles& files, const iceberg::Schema& schema, int rows_max,
                       const std::optional<RowFilter>& only) override {
    return in_process_.Head(files, schema, rows_max, only);
  }

 private:
  std::optional<Milliseconds> TimeOf(const Query& query) const {
    return query.limits.timeout ? query.limits.timeout : timeout_;
  }

  template <typename T, typename Decode>
  Result<T> Ask(const Json& question, std::optional<Milliseconds> time, const std::stop_token& stop,
                const Decode& decode, const FileRef& file) const {
    const auto text = AskReader(program_(), ToBytes(question), time, stop);
    if (!text) return Fail(file.uri.ToString(), text.error());
    try {
      const Json answer = Json::from_cbor(*text);
      if (answer.contains("value")) return decode(answer.at("value"));
      return std::unexpected(ErrorFrom(answer.at("error")));
    } catch (const std::exception& error) {
      return Fail(Code::kReaderCrashed,
                  fmt::format("{}: the reader's answer on this file is not usable: {}",
                              file.uri.ToString(), error.what()));
    }
  }

  // A process that died has not cleaned up: its files are in no snapshot.
  void RemoveLeftovers(std::span<const PartQuery> parts) {
    for (const PartQuery& part : parts) {
      const auto removed = RemovePrefix(part.target);
      static_cast<void>(removed);  // what stays is an orphan like any other
    }
  }

  Status RemovePrefix(const WriteTarget& target) {
    const std::string prefix = target.data_location.ToString() + "/" + target.file_prefix;
    EIDER_ASSIGN(const Uri uri, Uri::Parse(prefix));
    std::vector<Uri> left;
    EIDER_CHECK(store_.List(uri, [&](const store::ObjectInfo& file) {
      left.push_back(file.uri);
      return true;
    }));
    for (const Uri& file : left) EIDER_CHECK(store_.Remove(file));
    return {};
  }

  std::function<ReaderProgram()> program_;
  SqlEngine& in_process_;
  store::ObjectStore& store_;
  std::optional<Milliseconds> timeout_;
};

Json AnswerRun(SqlEngine& engine, const Json& question, const std::stop_token& stop) {
  std::vector<std::unique_ptr<iceberg::Schema>> schemas;  // borrowed by the parts
  std::vector<PartQuery> parts;
  for (const Json& part : question.at("parts")) {
    schemas.push_back(std::make_unique<iceberg::Schema>(SchemaFrom(part.at("schema"))));
    parts.push_back({QueryFrom(part.at("query")), TargetFrom(part, *schemas.back())});
  }
  return AnswerOf(engine.RunParts(parts, stop), [](const std::vector<Written>& written) {
    Json list = Json::array();
    for (const Written& of_part : written) list.push_back(ToJson(of_part));
    return list;
  });
}

Json AnswerRunRejects(SqlEngine& engine, const Json& question, const std::stop_token& stop) {
  const Json& part = question.at("part");
  const Json& rejects = question.at("rejects");
  const iceberg::Schema schema = SchemaFrom(part.at("schema"));
  const iceberg::Schema rejects_schema = SchemaFrom(rejects.at("schema"));
  return AnswerOf(engine.RunRejects({QueryFrom(part.at("query")), TargetFrom(part, schema)},
                                    TargetFrom(rejects, rejects_schema), stop),
                  [](const Written& written) { return ToJson(written); });
}

Json Answer(SqlEngine& engine, const Json& question, const std::stop_token& stop) {
  const auto call = question.at("call").get<std::string>();
  if (call == "run") return AnswerRun(engine, question, stop);
  if (call == "run-rejects") return AnswerRunRejects(engine, question, stop);
  if (call == "describe") {
    return AnswerOf(engine.Describe(QueryFrom(question.at("query"))),
                    [](const NewTable& made) { return ToJson(made); });
  }
  if (call == "describe-rows") {
    return AnswerOf(
        engine.DescribeRows(QueryFrom(question.at("query")), stop),
        [](const std::optional<NewTable>& made) { return made ? ToJson(*made) : Json(nullptr); });
  }
  const FileRef file = FileRefFrom(question.at("input"));
  if (call == "parquet-metadata") {
    return AnswerOf(engine.ParquetMetadata({file}, stop),
                    [](const std::map<std::string, std::string>& metadata) {
                      Json pairs = Json::array();
                      for (const auto& [name, value] : metadata) {
                        pairs.push_back(Json::array({BytesToJson(name), BytesToJson(value)}));
                      }
                      return pairs;
                    });
  }
  return AnswerOf(engine.DistinctValues({file}, BytesFrom(question.at("column")),
                                        question.at("values_max").get<int>(), stop),
                  [](const Texts& values) {
                    Json list = Json::array();
                    for (const auto& value : values) {
                      list.push_back(value ? BytesToJson(*value) : Json(nullptr));
                    }
                    return list;
                  });
}

}  // namespace

std::unique_ptr<SqlEngine> NewIsolatedEngine(std::function<ReaderProgram()> program,
                                             SqlEngine& in_process, store::ObjectStore& store,
                                             std::optional<Milliseconds> timeout) {
  return std::make_unique<IsolatedEngine>(std::move(program), in_process, store, timeout);
}

std::string AnswerQuestion(SqlEngine& engine, const std::string& question,
                           const std::stop_token& stop) {
  try {
    return ToBytes(Answer(engine, Json::from_cbor(question), stop));
  } catch (const std::bad_alloc&) {
    return AnswerWith(
        {Code::kOutOfMemory, fmt::format("the process that reads the file ran out of memory: {}",
                                         kRaiseProcessMemory)});
  } catch (const std::exception& error) {
    return AnswerWith({Code::kInternal, fmt::format("the reader failed: {}", error.what())});
  }
}

std::string AnswerWith(const Error& error) {
  return ToBytes(AnswerOf(error));
}

}  // namespace eider::engine
