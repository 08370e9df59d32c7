// What reaches a terminal, in words and in JSON, of keys and messages from outside.
#include "eider/app/console.h"

#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include "eider/app/commands.h"
#include "eider/app/json_line.h"
#include "eider/app/json_log.h"
#include "eider/app/outcome_line.h"
#include "eider/codec/escaped_text.h"
#include "eider/codec/json_line.h"
#include "eider/codec/utf8.h"

namespace eider::app {
namespace {

using testing::HasSubstr;
using testing::Not;

// Keys that look alike on a terminal that gets them raw, or do worse to it.
const std::vector<std::string> kKeys = {
    "a\nb",      "a\\nb",      "a\xff",    "a\xfe",    "a\xc3",     "a\xef\xbf\xbd",
    "a\u202Eb",  "a\u200Bb",   "ab",       "a\u2028b", "a\u009B1m", "a\x1b[1m",
    "a\\x1b[1m", "a\\u{200b}", "a\u2066b", "a\uFEFF",  "a\\xff",    "a\rb",
};

TEST(Console, ShowsEachKeyApartAndReadably) {
  std::set<std::string> shown;
  for (const std::string& key : kKeys) {
    const std::string text = Printable(key);
    EXPECT_TRUE(codec::IsUtf8(text));
    EXPECT_EQ(text.find_first_of("\n\r\x1b"), std::string::npos) << text;
    EXPECT_EQ(codec::UnescapeText(text), key) << text;
    shown.insert(text);
  }
  EXPECT_EQ(shown.size(), kKeys.size());
}

TEST(Console, KeepsAnErrorShortAndOnItsLines) {
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  Console console{in, out, err};
  PrintError(console, "column " + std::string(1'000'000, 'n') + "\u202E is\nwrong");
  EXPECT_LT(err.str().size(), 2'100U);
  EXPECT_THAT(err.str(), HasSubstr("eider: column nnn"));
  EXPECT_THAT(err.str(), HasSubstr("\\u{202e} is\n    wrong"));
  EXPECT_THAT(err.str(), HasSubstr(" bytes more) …"));
}

TEST(Console, LetsNoKeyForgeALine) {
  EXPECT_EQ(PrintableMessage("no s3://b/a\nLOADED  s3://b/c"), "no s3://b/a\n    LOADED  s3://b/c");
  EXPECT_EQ(PrintableMessage("2 problems:\n  one\nLOADED\n"),
            "2 problems:\n      one\n    LOADED\n    ");
  EXPECT_EQ(PrintableMessage("2 problems:\n  one\n  two"), "2 problems:\n  one\n  two");
}

TEST(JsonLine, HasOneLineForEachKey) {
  std::set<std::string> lines;
  for (const std::string& key : kKeys) {
    const std::string line = codec::JsonLineText({{"file", key}, {"rows", 1}});
    EXPECT_TRUE(codec::IsUtf8(line));
    lines.insert(line);
    const JsonLine read = JsonLine::parse(line);
    if (codec::IsUtf8(key)) {
      EXPECT_EQ(read["file"], key);
      EXPECT_FALSE(read.contains("file_encoded"));
    } else {
      EXPECT_EQ(codec::UnescapeText(read["file"].get<std::string>()), key);
      EXPECT_TRUE(read.contains("file_encoded"));
    }
    EXPECT_EQ(read["rows"], 1);
  }
  EXPECT_EQ(lines.size(), kKeys.size());
}

TEST(JsonLine, EncodesWhatIsNoUtf8) {
  EXPECT_EQ(
      codec::JsonLineText({{"file", "s3://b/\xff\\x.csv"}, {"state", "FAILED"}}),
      R"({"file":"s3://b/\\xff\\\\x.csv","file_encoded":"s3://b/%FF%5Cx.csv","state":"FAILED"})");
  EXPECT_EQ(
      codec::JsonLineText({{"error", "no \xff"}, {"parts", {{{"values", {"\xfe", nullptr}}}}}}),
      R"({"error":"no \\xff","parts":[{"values":["\\xfe",null]}]})");
}

TEST(JsonLine, ShowsNothingRaw) {
  EXPECT_EQ(codec::JsonLineText({{"file", "s3://b/\u202E\u009B\x7f.csv"}}),
            R"({"file":"s3://b/\u202e\u009b\u007f.csv"})");
}

TEST(OutcomeLine, HasAShortError) {
  pipeline::Outcome outcome;
  outcome.file.uri = {"s3", "b", "x"};
  outcome.fate = pipeline::Fate::kFailed;
  outcome.error = Error{Code::kInvalid, "column " + std::string(1'000'000, 'n') + " is wrong"};
  const std::string error = OutcomeLine(outcome)["error"].get<std::string>();
  EXPECT_LE(error.size(), 2'048U);
  EXPECT_THAT(error, HasSubstr("is wrong"));
}

TEST(ConsoleLog, WritesOneSafeLine) {
  std::ostringstream out;
  spdlog::logger log("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(out));
  log.set_formatter(NewConsoleLogFormatter());
  log.warn("the ledger does not show the failure of {}", "s3://b/\u202E\x1b[2J\xff");
  EXPECT_THAT(out.str(), testing::MatchesRegex(
                             "20..-..-..T..:..:..\\....Z warning the ledger does not show the "
                             "failure of s3://b/.u.202e..x1b.2J.xff\n"));
  EXPECT_THAT(out.str(), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace eider::app
