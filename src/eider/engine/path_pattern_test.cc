// Patterns over paths: what matches, what does not, and what a pattern surely begins with.
#include "eider/engine/path_pattern.h"

#include <string>

#include <gtest/gtest.h>

namespace eider::engine {
namespace {

TEST(PathPattern, MatchesWithinSegments) {
  EXPECT_TRUE(MatchesPath("s3://ref/dim/*.parquet", "s3://ref/dim/a.parquet"));
  EXPECT_TRUE(MatchesPath("s3://ref/dim/*.parquet", "s3://ref/dim/.parquet"));
  EXPECT_TRUE(MatchesPath("s3://ref/*/a?[0-9].csv", "s3://ref/x y/ab1.csv"));
  EXPECT_FALSE(MatchesPath("s3://ref/dim/*.parquet", "s3://ref/dim/deep/a.parquet"));
  EXPECT_FALSE(MatchesPath("s3://ref/dim/*.parquet", "s3://ref/dim/a.csv"));
  EXPECT_FALSE(MatchesPath("s3://ref/dim/?.csv", "s3://ref/dim/ab.csv"));
  EXPECT_FALSE(MatchesPath("s3://ref/dim/*", "s3://ref/dim"));
  EXPECT_TRUE(MatchesPath("x/*a*b*c", "x/1a2b3a4b5c"));
  EXPECT_FALSE(MatchesPath("x/*a*b*c", "x/1a2b3a4b5"));
  EXPECT_TRUE(MatchesPath("x/[!a-c]*", "x/day"));
  EXPECT_FALSE(MatchesPath("x/[!a-c]*", "x/bay"));
  EXPECT_TRUE(MatchesPath("x/[]a].csv", "x/].csv"));
  EXPECT_FALSE(MatchesPath("x/[a", "x/a"));
}

TEST(PathPattern, TwoStarsStandForAnySegments) {
  EXPECT_TRUE(MatchesPath("s3://ref/**/a.csv", "s3://ref/a.csv"));
  EXPECT_TRUE(MatchesPath("s3://ref/**/a.csv", "s3://ref/x/y/z/a.csv"));
  EXPECT_TRUE(MatchesPath("s3://ref/**", "s3://ref/x/y"));
  EXPECT_TRUE(MatchesPath("s3://ref/**/x/**/*.csv", "s3://ref/a/x/b/c/d.csv"));
  EXPECT_FALSE(MatchesPath("s3://ref/**/a.csv", "s3://ref/x/b.csv"));
  EXPECT_FALSE(MatchesPath("s3://ref/**/x/*.csv", "s3://ref/a/y/d.csv"));
}

TEST(PathPattern, TakesTimeInProportion) {
  // Tried one by one, the ways to share 200 segments among 50 stars would never end.
  std::string pattern = "s3://ref";
  std::string path = "s3://ref";
  for (int i = 0; i < 50; ++i) pattern += "/**/a";
  for (int i = 0; i < 200; ++i) path += "/a";
  EXPECT_TRUE(MatchesPath(pattern, path));
  EXPECT_FALSE(MatchesPath(pattern + "/b", path));
}

TEST(PathPattern, KnowsItsLiteralPart) {
  EXPECT_EQ(LiteralPart("s3://ref/dim/*.parquet"), "s3://ref/dim/");
  EXPECT_EQ(LiteralPart("s3://ref/d?m/x"), "s3://ref/d");
  EXPECT_EQ(LiteralPart("s3://ref/[ab]/x"), "s3://ref/");
  EXPECT_EQ(LiteralPart("s3://ref/x{a,b}"), "s3://ref/x{a,b}");
}

TEST(PathPattern, SeesDotSegments) {
  EXPECT_TRUE(HasDotSegment("s3://ref/dim/../secret.parquet"));
  EXPECT_TRUE(HasDotSegment("s3://ref/dim/."));
  EXPECT_TRUE(HasDotSegment("s3://ref/dim/.."));
  EXPECT_FALSE(HasDotSegment("s3://ref/dim/..x/.y/z..parquet"));
}

}  // namespace
}  // namespace eider::engine
