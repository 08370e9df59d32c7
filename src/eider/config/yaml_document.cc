// From yaml-cpp's nodes to plain values; the only file that sees yaml-cpp.
#include "eider/config/yaml_document.h"

#include <cstddef>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "eider/base/result.h"

namespace eider::config {
namespace {

constexpr int kDepthMax = 32;
constexpr std::size_t kExpandedBytesMax = 64U << 20U;

// Copies a tree of yaml-cpp, with a budget that aliases draw on as well.
class Copier {
 public:
  // A text has no more values than bytes, unless aliases repeat them.
  Copier(const std::string& name, std::size_t text_size_bytes)
      : name_(name), nodes_max_(text_size_bytes + 1) {}

  Result<YamlNode> Copy(const YAML::Node& node, int depth) {
    const int line = node.Mark().line + 1;
    if (depth > kDepthMax) return TooMuch(line, "nested too deeply, levels", kDepthMax);
    if (++nodes_ > nodes_max_) return TooMuch(line, "aliases make too many values", nodes_max_);
    YamlNode copy;
    copy.line = line;
    if (node.IsScalar()) {
      copy.kind = YamlNode::Kind::kScalar;
      copy.text = node.Scalar();
      bytes_ += copy.text.size();
      if (bytes_ > kExpandedBytesMax) return TooMuch(line, "too many bytes", kExpandedBytesMax);
    } else if (node.IsSequence()) {
      copy.kind = YamlNode::Kind::kList;
      for (const YAML::Node& item : node) {
        EIDER_ASSIGN(auto value, Copy(item, depth + 1));
        copy.items.push_back(std::move(value));
      }
    } else if (node.IsMap()) {
      copy.kind = YamlNode::Kind::kMap;
      for (const auto& entry : node) {
        EIDER_ASSIGN(auto key, Copy(entry.first, depth + 1));
        if (key.kind != YamlNode::Kind::kScalar) {
          return Fail(Code::kInvalid, fmt::format("{}:{}: a key must be a name, not {}", name_,
                                                  key.line, key.KindName()));
        }
        EIDER_ASSIGN(auto value, Copy(entry.second, depth + 1));
        if (value.line == 0) value.line = key.line;  // `key:` with nothing behind it has no place
        copy.entries.push_back({std::move(key.text), key.line, std::move(value)});
      }
    }
    return copy;
  }

 private:
  std::unexpected<Error> TooMuch(int line, std::string_view what, std::size_t limit) const {
    return Fail(Code::kInvalid, fmt::format("{}:{}: {}: more than {}", name_, line, what, limit));
  }

  const std::string& name_;
  std::size_t nodes_max_;
  std::size_t nodes_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace

std::string_view YamlNode::KindName() const {
  switch (kind) {
    case Kind::kNull:
      return "nothing";
    case Kind::kScalar:
      return "a value";
    case Kind::kList:
      return "a list";
    case Kind::kMap:
      return "a map";
  }
  return "nothing";
}

Result<YamlNode> ParseYaml(std::string_view text, const std::string& name,
                           std::size_t size_bytes_max) {
  if (text.size() > size_bytes_max) {
    return Fail(Code::kInvalid,
                fmt::format("{}: the file is larger than {} bytes", name, size_bytes_max));
  }
  if (text.find('\0') != std::string_view::npos) {
    return Fail(Code::kInvalid, fmt::format("{}: not YAML: it holds a NUL byte", name));
  }
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(text));
    if (documents.empty()) return YamlNode{};
    if (documents.size() > 1) {
      return Fail(Code::kInvalid,
                  fmt::format("{}:{}: a second YAML document begins; only one is read", name,
                              documents[1].Mark().line + 1));
    }
    return Copier(name, text.size()).Copy(documents[0], 0);
  } catch (const YAML::Exception& exception) {
    return Fail(Code::kInvalid, fmt::format("{}:{}:{}: not YAML: {}", name, exception.mark.line + 1,
                                            exception.mark.column + 1, exception.msg));
  } catch (const std::exception& exception) {
    return Fail(Code::kInvalid, fmt::format("{}: not YAML: {}", name, exception.what()));
  }
}

}  // namespace eider::config
