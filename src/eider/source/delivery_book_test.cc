// Deliveries that share files, and files that share deliveries.
#include "eider/source/delivery_book.h"

#include <cstddef>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eider::source {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;

FileRef File(std::string key, std::string etag = "tag") {
  FileRef file;
  file.uri = {"s3", "in", std::move(key)};
  file.etag = std::move(etag);
  return file;
}

auto Ended(std::size_t delivery, Settlement as, auto reasons) {
  return testing::AllOf(Field(&DeliveryBook::Ended::delivery, delivery),
                        Field(&DeliveryBook::Ended::as, as),
                        Field(&DeliveryBook::Ended::reasons, std::move(reasons)));
}

TEST(DeliveryBook, NamesEachContentOfAKeyOnce) {
  DeliveryBook book;
  EXPECT_TRUE(book.Add(0, File("a.csv")));
  EXPECT_FALSE(book.Add(1, File("a.csv")));
  EXPECT_TRUE(book.Add(1, File("a.csv", "newer")));
  EXPECT_TRUE(book.Add(2, File("b.csv")));
}

TEST(DeliveryBook, FailsAllThatWaitForAFileAndNoOther) {
  DeliveryBook book;
  book.Add(0, File("a.csv"));
  book.Add(1, File("bad.csv"));
  book.Add(2, File("bad.csv"));
  book.Add(2, File("a.csv"));
  for (const std::size_t delivery : {0, 1, 2}) book.Close(delivery);
  book.End(File("a.csv"), Settlement::kDone);
  EXPECT_THAT(book.TakeEnded(), ElementsAre(Ended(0, Settlement::kDone, IsEmpty())));
  book.End(File("bad.csv"), Settlement::kAgain, "line 3");
  EXPECT_THAT(book.TakeEnded(), ElementsAre(Ended(1, Settlement::kAgain, ElementsAre("line 3")),
                                            Ended(2, Settlement::kAgain, ElementsAre("line 3"))));
  EXPECT_THAT(book.Open(), IsEmpty());
}

TEST(DeliveryBook, KeepsADeliveryFailedWhateverItsFilesDo) {
  DeliveryBook book;
  book.Add(7, File("a.csv"));
  book.Fail(7, "a record is no record");
  book.Close(7);
  EXPECT_THAT(book.TakeEnded(), IsEmpty());
  book.End(File("a.csv"), Settlement::kDone);
  EXPECT_THAT(book.TakeEnded(),
              ElementsAre(Ended(7, Settlement::kWrong, ElementsAre("a record is no record"))));
}

TEST(DeliveryBook, ADeliveryEndsWithTheLastOfItsFilesAndNotBeforeAllAreAdded) {
  DeliveryBook book;
  book.Add(0, File("a.csv"));
  book.End(File("a.csv"), Settlement::kDone);
  book.Add(0, File("b.csv"));
  book.Close(0);
  EXPECT_THAT(book.TakeEnded(), IsEmpty());
  book.End(File("b.csv"), Settlement::kDone);
  EXPECT_THAT(book.TakeEnded(), ElementsAre(Ended(0, Settlement::kDone, IsEmpty())));
  EXPECT_THAT(book.TakeEnded(), IsEmpty());
}

TEST(DeliveryBook, ADeliveryWithoutWorkEndsAtOnce) {
  DeliveryBook book;
  book.Close(3);
  EXPECT_THAT(book.TakeEnded(), ElementsAre(Ended(3, Settlement::kDone, IsEmpty())));
}

TEST(DeliveryBook, AFileThatHasEndedIsLookedAtAnewForWhoeverComesLater) {
  DeliveryBook book;
  book.Add(0, File("a.csv"));
  book.End(File("a.csv"), Settlement::kDone);
  EXPECT_TRUE(book.Add(1, File("a.csv")));
}

TEST(DeliveryBook, TellsWhatHasNoEndYet) {
  DeliveryBook book;
  for (const char* key : {"a.csv", "b.csv", "c.csv"}) book.Add(0, File(key));
  book.End(File("b.csv"), Settlement::kDone);
  EXPECT_THAT(book.Open(), ElementsAre(Field(&FileRef::uri, File("a.csv").uri),
                                       Field(&FileRef::uri, File("c.csv").uri)));
}

}  // namespace
}  // namespace eider::source
