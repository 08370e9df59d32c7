// A table pointer for tests that hands every call on to another one, but for those that a double
// made of it answers by itself.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "eider/base/result.h"
#include "eider/catalog/table_pointer.h"

namespace eider::catalog {

// Swaps one table at a time, whatever the other can: a double that swaps several says so itself.
class ForwardingTablePointer : public TablePointer {
 public:
  // Borrows it.
  explicit ForwardingTablePointer(TablePointer& inner) : inner_(inner) {}

  explicit ForwardingTablePointer(std::unique_ptr<TablePointer> inner)
      : owned_(std::move(inner)), inner_(*owned_) {}

  Result<std::string> Read(const iceberg::TableName& table) override { return inner_.Read(table); }

  Status Create(const iceberg::TableName& table, const std::string& location,
                const iceberg::TableMetadata& metadata) override {
    return inner_.Create(table, location, metadata);
  }

  Status Swap(const PointerMove& move) override { return inner_.Swap(move); }

  Status LookBeforeSwap(const iceberg::TableName& table, const std::string& expected) override {
    return inner_.LookBeforeSwap(table, expected);
  }

  Status Drop(const iceberg::TableName& table, const std::string& expected) override {
    return inner_.Drop(table, expected);
  }

  Result<std::vector<iceberg::TableName>> List() override { return inner_.List(); }

 protected:
  TablePointer& inner() const { return inner_; }

 private:
  std::unique_ptr<TablePointer> owned_;
  TablePointer& inner_;
};

}  // namespace eider::catalog
