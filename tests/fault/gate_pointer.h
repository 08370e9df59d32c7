// A table pointer over a real one, whose tables can be shut, and can refuse every swap.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "eider/base/result.h"
#include "eider/catalog/table_pointer.h"
#include "eider/catalog/testing/forwarding_table_pointer.h"

namespace eider::fault {

// What a GatePointer does to its tables. Safe for concurrent calls.
class Gate {
 public:
  // Reads of a shut table wait until it is opened.
  void Shut(const iceberg::TableName& table) {
    const std::lock_guard lock(mutex_);
    shut_.insert(table);
  }

  void OpenAll() {
    const std::lock_guard lock(mutex_);
    shut_.clear();
    changed_.notify_all();
  }

  // Every swap of the table is a conflict from now on.
  void Refuse(const iceberg::TableName& table) {
    const std::lock_guard lock(mutex_);
    refused_.insert(table);
  }

  void Pass(const iceberg::TableName& table) {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !shut_.contains(table); });
    --waiting_;
  }

  // Returns when so many reads wait at shut tables.
  void AwaitWaiting(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ >= count; });
  }

  bool Refuses(const iceberg::TableName& table) {
    const std::lock_guard lock(mutex_);
    return refused_.contains(table);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<iceberg::TableName> shut_;
  std::set<iceberg::TableName> refused_;
  int waiting_ = 0;
};

// Borrows the gate.
class GatePointer final : public catalog::ForwardingTablePointer {
 public:
  GatePointer(std::unique_ptr<catalog::TablePointer> inner, Gate& gate)
      : ForwardingTablePointer(std::move(inner)), gate_(gate) {}

  Result<std::string> Read(const iceberg::TableName& table) override {
    gate_.Pass(table);
    return inner().Read(table);
  }

  Status Swap(const catalog::PointerMove& move) override {
    if (gate_.Refuses(move.table)) return Fail(Code::kConflict, "scripted conflict");
    return inner().Swap(move);
  }

 private:
  Gate& gate_;
};

}  // namespace eider::fault
