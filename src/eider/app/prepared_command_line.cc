#include "eider/app/prepared_command_line.h"

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "eider/app/commands.h"
#include "eider/app/file_arguments.h"
#include "eider/app/prepared_commands.h"

namespace eider::app {
namespace {

constexpr const char* kPrepareExamples = R"(
Examples:
  eider prepare s3://src-a/2019/ --to s3://work/2019/       rows into data files, and a record of them
  eider prepare --list part-0007.txt --to s3://work/2019/   a task of an array job: a URI in each line
  eider prepare s3://src-a/big.parquet --part 3/8 --to s3://work/big/       one of 8 pieces of a file
  eider commit s3://work/2019/                              then: all into their tables
  eider prepare --clean 7d --to s3://work/2019/             removes what is done or was never committed

No table gets a row before the commit; a missing one is made. It may be stopped and started again.)";

constexpr const char* kCommitExamples = R"(
Examples:
  eider commit s3://work/2019/                              all records there, a snapshot for each table
  eider commit s3://work/2019/ --files-per-commit 1000      by smaller snapshots
  eider commit prepared/20261130T111203-….json              one record

It may be killed and started again at any time: each file comes in once.)";

}  // namespace

void PreparedCommandLine::AddTo(const AddCommand& add) {
  CLI::App* prepare =
      add("prepare", "Write files' rows into data files, for a commit that comes later",
          kPrepareExamples, [this](Session& session) { return PrepareCommand(session, prepare_); });
  AddFileArguments(*prepare, prepare_.uris, prepare_.event);
  prepare
      ->add_option("--list", prepare_.list,
                   "A file or an object of S3 that names a file in each line; - is standard input")
      ->type_name("FILE");
  prepare
      ->add_option("--to", prepare_.place, "Where the records go: a folder or s3://bucket/prefix/")
      ->type_name("PLACE")
      ->required();
  prepare
      ->add_option(
          "--part", prepare_.part,
          "Of one Parquet file only this piece of so many: 3/8; commit brings it in when all "
          "are there")
      ->type_name("K/N");
  prepare->add_flag("--again", prepare_.again, "Prepare files anew that a record there has");
  prepare
      ->add_option("--clean", prepare_.clean,
                   "Remove the records there that are older than this (90s, 15m, 12h, 7d), with "
                   "data files that were never committed")
      ->type_name("AGE");
  prepare->add_flag("--verbose", prepare_.verbose, "Print a line for every file");
  prepare_command_ = prepare;

  CLI::App* commit = add("commit", "Bring into their tables what was prepared", kCommitExamples,
                         [this](Session& session) { return CommitCommand(session, commit_); });
  commit
      ->add_option_function<std::vector<std::string>>(
          "RECORD", [this](const std::vector<std::string>& records) { commit_.records = records; },
          "Records, or where they lie: a folder or s3://bucket/prefix/")
      ->type_name("")
      ->required()
      ->expected(1, CLI::detail::expected_max_vector_size);
  commit
      ->add_option("--files-per-commit", commit_.files_per_commit,
                   "Files whose rows come in by one snapshot, at most; 10000 when not given")
      ->type_name("N")
      ->check(CLI::Range(1, 1'000'000));
  commit->add_flag("--verbose", commit_.verbose, "Print a line for every file");
}

}  // namespace eider::app
