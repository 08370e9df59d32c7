// The worker, simulated: sources, loader, lanes, ledger rules, catalog and store in memory, under
// faults of a seed, one process or two at a time, which die and are begun again. At the end one
// that is well drains what is left; then every row is in once, and everybody knows.
//
// EIDER_SIMULATIONS says how many histories, EIDER_SIMULATION_SEED which is the first. A seed
// decides files, messages, processes and what each call suffers (simulated_process.h). The threads
// of worker, loader and lanes are real: in which order they come, which of two processes gets a
// file, and how many files share a commit is not decided. Files are read one by one, so that the
// faults of a file are its own. A seed that fails may have to be repeated some times.

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <ranges>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dice.h"
#include "eider/catalog/memory_table_pointer.h"
#include "eider/catalog/pointer_catalog.h"
#include "eider/catalog/testing/forwarding_table_pointer.h"
#include "eider/ledger/ledger.h"
#include "eider/ledger/testing/memory_ledger.h"
#include "eider/pipeline/testing/pretend_lake.h"
#include "eider/worker/announced_files.h"
#include "eider/worker/worker.h"
#include "simulated_process.h"
#include "simulated_queue.h"
#include "simulated_services.h"

namespace eider::fault {
namespace {

using std::chrono::steady_clock;

// Less is enough for the sanitizers.
#ifdef NDEBUG
constexpr std::uint64_t kSimulations = 10'000;
#else
constexpr std::uint64_t kSimulations = 150;
#endif

// What outlives the processes.
struct World {
  SimulatedClock clock;
  SeededRandom random{1};
  store::MemoryStore store;
  catalog::MemoryTablePointer pointer;
  std::unique_ptr<ledger::Ledger> ledger = ledger::NewMemoryLedger(clock, random);
  routes::MemoryRouteStore routes{pipeline::Routes("SELECT * FROM '{s3_input_path}'")};
  routing::Router router{routes, pipeline::ByBucket()};
  SimulatedQueue queue{clock};
  std::mutex mutex;
  std::vector<std::string> wrong;  // files that failed for good: there are none
  std::unique_ptr<spdlog::logger> log = NewSilentLogger();
};

// One worker's life. Members stand in the order of their dependencies.
class Life {
 public:
  Life(World& world, const SimulatedProcess::Options& options, bool drains)
      : process_(options, world.clock),
        clock_(world.clock, process_),
        random_(options.seed * 1'000 + static_cast<std::uint64_t>(options.number)),
        store_(world.store, process_),
        ledger_(*world.ledger, process_),
        catalog_(std::make_unique<SimulatedPointer>(world.pointer, process_),
                 Uri{"file", "", "/warehouse"},
                 catalog::PointerCatalog::Deps{store_, clock_, random_}),
        services_{world.router, ledger_, catalog_, engine_, store_, clock_, random_, *world.log},
        receiver_(world.queue, process_),
        announced_(ledger_, clock_, {.wait = Milliseconds(1)}),
        worker_(services_, OptionsOf(world, drains), {&receiver_, &announced_}),
        thread_([this](const std::stop_token& stop) { worker_.Run(stop); }) {}

  SimulatedProcess& process() { return process_; }

  worker::AnnouncedFiles& announced() { return announced_; }

 private:
  static worker::WorkerOptions OptionsOf(World& world, bool drains) {
    worker::WorkerOptions options;
    options.load.workers = 1;
    options.load.group_files = 1;
    options.load.commit_lag = Milliseconds(0);
    options.load.retry = {.num_retries = 20, .min_wait = Milliseconds(1)};
    options.drain = drains ? Milliseconds(std::chrono::hours(24)) : Milliseconds(0);
    options.on_outcome = [&world](const pipeline::Outcome& outcome) {
      if (worker::SettlementOf(outcome) != source::Settlement::kWrong) return;
      const std::lock_guard lock(world.mutex);
      world.wrong.push_back(fmt::format("{}: {}", outcome.file.uri.key, outcome.error->message));
    };
    return options;
  }

  SimulatedProcess process_;
  ProcessClock clock_;
  SeededRandom random_;
  SimulatedStore store_;
  SimulatedLedger ledger_;
  catalog::PointerCatalog catalog_;
  engine::PretendEngine engine_;
  pipeline::Services services_;
  SimulatedReceiver receiver_;
  worker::AnnouncedFiles announced_;
  worker::Worker worker_;
  std::jthread thread_;  // stops and joins first
};

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed) : seed_(seed), dice_(seed) {
    const std::size_t count = 1 + dice_.Below(8);
    for (std::size_t i = 0; i < count; ++i) files_.push_back(NewFile(static_cast<int>(i)));
    for (const FileRef& file : files_) Tell(file);
    if (dice_.OneIn(3)) world_.queue.Add(files_);
  }

  void Run() {
    RunWithFaults();
    RunWell();
    if (!testing::Test::HasFailure()) Check();
  }

  std::string Told() const { return fmt::format("{}", fmt::join(told_, "\n")); }

 private:
  static constexpr int kTablesOfHistory = 3;

  struct Slot {
    std::unique_ptr<Life> life;
    std::uint64_t calls_max = 0;  // then it is stopped
  };

  FileRef NewFile(int number) {
    FileRef file;
    file.uri = {"s3", fmt::format("b{}", dice_.Below(kTablesOfHistory)),
                fmt::format("{:02}", number)};
    const std::size_t rows = 1 + dice_.Below(9);
    EXPECT_TRUE(world_.store.Put(file.uri, std::string(rows, 'x'), store::PutMode::kReplace));
    const auto info = world_.store.Stat(file.uri).value();
    file.etag = info.etag;
    file.size_bytes = info.size_bytes;
    told_.push_back(fmt::format("file {} of {} rows", file.uri.ToString(), rows));
    return file;
  }

  // By the queue, once or more, or to the ledger, or both.
  void Tell(const FileRef& file) {
    const bool is_announced = dice_.OneIn(3);
    if (is_announced) unannounced_.push_back(file);
    for (std::size_t i = is_announced ? dice_.Below(2) : 1 + dice_.Below(3); i > 0; --i) {
      world_.queue.Add({file});
      told_.emplace_back("  in the queue");
    }
    if (is_announced) told_.emplace_back("  announced");
  }

  void RunWithFaults() {
    int lives_left = 1 + static_cast<int>(dice_.Below(6));
    const int faults = static_cast<int>(dice_.Below(200));
    const int deaths = static_cast<int>(dice_.Below(500));
    std::vector<Slot> slots(dice_.OneIn(2) ? 2 : 1);
    const auto give_up = steady_clock::now() + std::chrono::milliseconds(200);
    for (bool lives = true; lives && !IsOver() && steady_clock::now() < give_up;) {
      lives = false;
      for (Slot& slot : slots) {
        if (slot.life && IsAtItsEnd(slot)) slot.life.reset();
        if (!slot.life && lives_left-- > 0) {
          slot.calls_max = dice_.OneIn(3) ? 10 + dice_.Below(100) : ~std::uint64_t{0};
          Begin(slot, faults, deaths);
        }
        lives |= slot.life != nullptr;
      }
      Announce(slots);
      Wait();
    }
  }

  void Begin(Slot& slot, int faults, int deaths) {
    const bool drains = !dice_.OneIn(4);
    told_.push_back(fmt::format("process {}: {} of 1000 calls at fault, {} of these are deaths, {}",
                                processes_, faults, deaths,
                                drains ? "drains at a stop" : "is interrupted at a stop"));
    const SimulatedProcess::Options options{.seed = seed_,
                                            .number = processes_++,
                                            .faults_in_thousand = faults,
                                            .deaths_in_thousand = deaths,
                                            .on_death = [this] { Wake(); }};
    slot.life = std::make_unique<Life>(world_, options, drains);
  }

  static bool IsAtItsEnd(const Slot& slot) {
    return slot.life->process().is_dead() || slot.life->process().calls() > slot.calls_max;
  }

  // As a sender that repeats itself until it has heard that the file is in the ledger.
  void Announce(std::vector<Slot>& slots) {
    for (Slot& slot : slots) {
      if (!slot.life || unannounced_.empty()) continue;
      if (slot.life->announced().Announce({&unannounced_.front(), 1})) unannounced_.pop_front();
    }
  }

  // Two hours later: whatever a clock did, the leases of the dead are over.
  void RunWell() {
    world_.clock.Move(std::chrono::hours(2));
    std::vector<Slot> slots(1);
    Begin(slots[0], 0, 0);
    const auto give_up = steady_clock::now() + std::chrono::seconds(60);
    SimulatedProcess& process = slots[0].life->process();
    const auto is_done = [&] { return process.Count("FindWaiting", "") > 0 && IsOver(); };
    while (!is_done() && steady_clock::now() < give_up) {
      Announce(slots);
      Wait();
    }
    EXPECT_TRUE(is_done()) << "it hangs:\n" << LedgerText();
  }

  bool IsOver() {
    if (!unannounced_.empty() || !world_.queue.is_empty()) return false;
    return std::ranges::none_of(Records(), [](const ledger::LoadRecord& record) {
      return record.state == ledger::State::kWaiting || record.state == ledger::State::kClaimed;
    });
  }

  void Wait() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::microseconds(300));
  }

  void Wake() { changed_.notify_all(); }

  std::vector<ledger::LoadRecord> Records() { return world_.ledger->Query({}).value(); }

  std::string LedgerText() {
    std::string text;
    for (const ledger::LoadRecord& record : Records()) {
      text += fmt::format("{} {} {} attempts {}\n", record.file.uri.ToString(),
                          ledger::StateName(record.state), record.attempts, record.error);
    }
    return text + (world_.queue.is_empty() ? "the queue is empty" : "messages are left");
  }

  void Check() {
    EXPECT_THAT(world_.wrong, testing::IsEmpty());
    std::map<std::string, const FileRef*> by_token;
    for (const FileRef& file : files_) by_token[ledger::CommitToken(file, 0)] = &file;
    std::map<std::string, std::int64_t> snapshot_of;
    for (int i = 0; i < kTablesOfHistory; ++i) {
      CheckTable(fmt::format("b{}", i), by_token, snapshot_of);
    }
    EXPECT_EQ(snapshot_of.size(), files_.size()) << LedgerText();
    const auto records = Records();
    EXPECT_EQ(records.size(), files_.size()) << LedgerText();
    for (const ledger::LoadRecord& record : records) {
      EXPECT_EQ(record.state, ledger::State::kLoaded) << LedgerText();
      EXPECT_EQ(record.result.snapshot_id, snapshot_of[record.commit_token]) << LedgerText();
    }
  }

  // The rows of each file are there, and its token once.
  void CheckTable(const std::string& bucket, const std::map<std::string, const FileRef*>& by_token,
                  std::map<std::string, std::int64_t>& snapshot_of) {
    catalog::PointerCatalog catalog{
        std::make_unique<catalog::ForwardingTablePointer>(world_.pointer),
        Uri{"file", "", "/warehouse"},
        {world_.store, world_.clock, world_.random}};
    const auto table = catalog.Load(pipeline::TableOf(bucket));
    std::int64_t expected = 0;
    for (const FileRef& file : files_) {
      if (file.uri.bucket == bucket) expected += static_cast<std::int64_t>(file.size_bytes);
    }
    if (expected == 0) return;
    ASSERT_TRUE(table) << table.error().message;
    std::int64_t rows = 0;
    for (const iceberg::Snapshot& snapshot : table->metadata->snapshots) {
      std::int64_t of_tokens = 0;
      for (const auto part :
           std::views::split(snapshot.summary.at(std::string(pipeline::kCommitTokensKey)), ',')) {
        const std::string token(part.begin(), part.end());
        EXPECT_TRUE(snapshot_of.emplace(token, snapshot.snapshot_id).second) << "twice: " << token;
        ASSERT_TRUE(by_token.contains(token)) << token;
        EXPECT_EQ(by_token.at(token)->uri.bucket, bucket);
        of_tokens += static_cast<std::int64_t>(by_token.at(token)->size_bytes);
      }
      EXPECT_EQ(snapshot.summary.at("added-records"), std::to_string(of_tokens));
      rows += of_tokens;
    }
    EXPECT_EQ(rows, expected);
    EXPECT_EQ(table->metadata->CurrentSnapshot()->summary.at("total-records"),
              std::to_string(expected));
  }

  const std::uint64_t seed_;
  Dice dice_;
  World world_;
  std::vector<FileRef> files_;
  std::deque<FileRef> unannounced_;
  std::vector<std::string> told_;
  int processes_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
};

// Each has its share of the seeds, so that they run side by side.
constexpr std::uint64_t kShares = 8;

class SimulationTest : public testing::TestWithParam<std::uint64_t> {};

TEST_P(SimulationTest, WhateverHappensEveryRowIsInOnceAndEverybodyKnows) {
  const std::uint64_t first = NumberOf("EIDER_SIMULATION_SEED", 1);
  const std::uint64_t count = NumberOf("EIDER_SIMULATIONS", kSimulations);
  for (std::uint64_t seed = first + GetParam(); seed < first + count; seed += kShares) {
    Simulation simulation(seed);
    simulation.Run();
    ASSERT_FALSE(HasFailure()) << fmt::format(
        "EIDER_SIMULATION_SEED={} EIDER_SIMULATIONS=1 repeats it:\n{}", seed, simulation.Told());
  }
}

INSTANTIATE_TEST_SUITE_P(Share, SimulationTest, testing::Range<std::uint64_t>(0, kShares));

}  // namespace
}  // namespace eider::fault
