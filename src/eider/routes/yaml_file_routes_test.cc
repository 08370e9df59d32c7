// A routes file that people change while it is in use.
#include "eider/routes/yaml_file_routes.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/base/testing/shared_clock.h"
#include "eider/routes/route_store.h"

namespace eider::routes {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class YamlFileRoutesTest : public testing::Test {
 protected:
  YamlFileRoutesTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "eider-yaml-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    path_ = folder_ + "/routes.yaml";
  }

  ~YamlFileRoutesTest() override { std::filesystem::remove_all(folder_); }

  void Write(std::string_view text) const { std::ofstream(path_) << text; }

  // As editors do that lose nothing.
  void Replace(std::string_view text) const {
    std::ofstream(path_ + ".new") << text;
    std::filesystem::rename(path_ + ".new", path_);
  }

  static std::string RouteTo(std::string_view table) {
    return fmt::format(
        "routes:\n  - PartitionKey: src-a\n    target_table: {}\n    query_sql: SELECT * FROM "
        "read_parquet('{{s3_input_path}}')\n",
        table);
  }

  void Open() {
    auto opened = YamlFileRoutes::Open({path_, Milliseconds(30'000)}, clock_, log_);
    ASSERT_TRUE(opened) << opened.error().message;
    routes_ = *std::move(opened);
  }

  std::string Table() {
    const auto route = routes_->Find("src-a");
    if (!route) return route.error().message;
    return *route ? (*route)->target_table.name : "none";
  }

  std::string Logged() const { return logged_.str(); }

  std::string folder_;
  std::string path_;
  SharedClock clock_{TimePoint(Milliseconds(1'700'000'000'000))};
  std::ostringstream logged_;
  spdlog::logger log_{"test", std::make_shared<spdlog::sinks::ostream_sink_mt>(logged_)};
  std::unique_ptr<RouteStore> routes_;
};

TEST_F(YamlFileRoutesTest, AChangedFileServesAfterTheInterval) {
  Write(RouteTo("bronze.a"));
  Open();
  EXPECT_EQ(Table(), "a");
  Replace(RouteTo("bronze.b"));
  clock_.Advance(Milliseconds(29'999));
  EXPECT_EQ(Table(), "a");
  clock_.Advance(Milliseconds(1));
  EXPECT_EQ(Table(), "b");
  Write(RouteTo("bronze.written_in_place"));
  clock_.Advance(Milliseconds(30'000));
  EXPECT_EQ(Table(), "written_in_place");
  EXPECT_THAT(Logged(), IsEmpty());
}

TEST_F(YamlFileRoutesTest, AFileThatBecameNoRoutesChangesNothingAndIsToldOnce) {
  Write(RouteTo("bronze.a"));
  Open();
  Write("routes: [\n");
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(Milliseconds(30'000));
    EXPECT_EQ(Table(), "a");
  }
  EXPECT_THAT(Logged(), HasSubstr(path_ + " serve as they were"));
  const std::string told = Logged();
  EXPECT_EQ(told.find("serve as they were"), told.rfind("serve as they were"));
  Write(RouteTo("bronze.mended"));
  clock_.Advance(Milliseconds(30'000));
  EXPECT_EQ(Table(), "mended");
}

TEST_F(YamlFileRoutesTest, AFileThatIsGoneServesOnAndIsFoundAgain) {
  Write(RouteTo("bronze.a"));
  Open();
  std::filesystem::remove(path_);
  clock_.Advance(Milliseconds(30'000));
  EXPECT_EQ(Table(), "a");
  EXPECT_THAT(Logged(), HasSubstr("is not there"));
  Write(RouteTo("bronze.back"));
  clock_.Advance(Milliseconds(30'000));
  EXPECT_EQ(Table(), "back");
}

TEST_F(YamlFileRoutesTest, AClockThatIsSetBackKeepsNoRoutes) {
  Write(RouteTo("bronze.a"));
  Open();
  Replace(RouteTo("bronze.b"));
  clock_.Advance(-Milliseconds(3'600'000));
  EXPECT_EQ(Table(), "b");
}

}  // namespace
}  // namespace eider::routes
