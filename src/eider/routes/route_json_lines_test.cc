// Files of JSON lines.
#include "eider/routes/route_json_lines.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/codec/json.h"
#include "eider/routes/route_json.h"
#include "eider/routes/testing/every_attribute.h"

namespace eider::routes {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> ProblemsOf(const std::string& text) {
  std::vector<std::string> lines;
  for (const RouteProblem& problem : ParseJsonLines(text, "r.jsonl").problems) {
    lines.push_back(problem.location + ": " + problem.message);
  }
  return lines;
}

constexpr const char* kGood =
    R"({"PartitionKey": "a", "target_table": "a.b", "query_sql": "'{s3_input_path}'"})";

TEST(RouteJsonLines, ReadsOneRouteOnALine) {
  const std::vector<Route> routes = {EveryAttribute("a"), SameAs("b", "a")};
  std::string text = "\n";
  for (const Route& route : routes) text += codec::ToJsonText(ToJson(route)) + "\r\n\n";
  const RouteListing listing = ParseJsonLines(text, "r.jsonl");
  EXPECT_THAT(listing.problems, IsEmpty());
  EXPECT_EQ(listing.routes, routes);
}

TEST(RouteJsonLines, TellsEveryMistakeWithItsLine) {
  const std::string good = kGood;
  EXPECT_THAT(
      ProblemsOf(good + "\n{\"PartitionKey\":\n[1]\n" + good + "\n"),
      ElementsAre(HasSubstr("r.jsonl:2: a line holds one route as a JSON object: not valid "
                            "JSON"),
                  "r.jsonl:3: a route is a map of attributes, not a list",
                  "r.jsonl:4: a PartitionKey has one route, but 'a' has another in line 1"));
  EXPECT_THAT(ProblemsOf(R"({"PartitionKey": "a", "same_as": "b", "ownr": "x"})"),
              ElementsAre("r.jsonl:1: unknown attribute 'ownr'; did you mean 'owner'?"));
  EXPECT_THAT(ProblemsOf(std::string(2U << 20U, ' ') + "x"),
              ElementsAre(HasSubstr("r.jsonl:1: the line has 2097153 bytes")));
}

TEST(RouteJsonLines, FileIsReadByItsName) {
  std::string pattern = std::filesystem::temp_directory_path() / "eider-lines-XXXXXX";
  const std::filesystem::path folder = ::mkdtemp(pattern.data());
  std::ofstream(folder / "r.jsonl") << kGood << '\n';
  std::ofstream(folder / "r.yaml") << "routes: [" << kGood << "]\n";
  for (const char* name : {"r.jsonl", "r.yaml"}) {
    const auto listing = ReadRoutesFile(folder / name);
    ASSERT_TRUE(listing) << listing.error().message;
    ASSERT_EQ(listing->routes.size(), 1U) << name;
    EXPECT_EQ(listing->routes[0].partition_key, "a");
  }
  const auto missing = ReadRoutesFile(folder / "none.jsonl");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kNotFound);
  EXPECT_THAT(missing.error().message, HasSubstr("none.jsonl"));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace eider::routes
