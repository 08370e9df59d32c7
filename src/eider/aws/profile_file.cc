// Reading of the shared files, line by line.
#include "eider/aws/profile_file.h"

#include <cstddef>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/base/trimmed.h"
#include "eider/config/regular_file.h"

namespace eider::aws {
namespace {

constexpr std::size_t kFileBytesMax = 1U << 20U;
constexpr std::string_view kBlank = " \t\r";

// A comment behind a value begins with a blank.
std::string_view WithoutComment(std::string_view value) {
  for (const std::string_view mark : {" #", " ;", "\t#", "\t;"}) {
    value = value.substr(0, value.find(mark));
  }
  return value;
}

enum class FileKind { kConfig, kCredentials };

// Takes the lines of one file into `files`.
class Reader {
 public:
  Reader(FileKind kind, std::string path, ProfileFiles& files)
      : kind_(kind), path_(std::move(path)), files_(files) {}

  Status Take(std::string_view line) {
    ++number_;
    const std::string_view text = Trimmed(line);
    if (text.empty() || text.starts_with('#') || text.starts_with(';')) return {};
    if (text.starts_with('[')) return OpenSection(text);
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) return Broken("a line without '='");
    const std::string_view name = Trimmed(text.substr(0, equals));
    const std::string_view value = Trimmed(WithoutComment(text.substr(equals + 1)));
    if (name.empty()) return Broken("no name before '='");
    if (!has_section_) return Broken("a setting before the first [section]");
    const bool is_nested = kBlank.find(line.front()) != std::string_view::npos && !parent_.empty();
    if (!is_nested) parent_ = value.empty() ? std::string(name) : std::string();
    if (section_ == nullptr) return {};
    const std::string key = is_nested ? parent_ + "." + std::string(name) : std::string(name);
    section_->insert_or_assign(key, std::string(value));
    return {};
  }

 private:
  // [default], [profile NAME] and [services NAME] in the config file; [NAME] in the other.
  Status OpenSection(std::string_view text) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return Broken("a [section] without ']'");
    const std::string_view title = Trimmed(text.substr(1, end - 1));
    has_section_ = true;
    section_ = nullptr;  // of a kind that says nothing to us
    parent_.clear();
    const std::size_t blank = title.find_first_of(kBlank);
    const std::string_view type = title.substr(0, blank);
    const std::string_view name =
        blank == std::string_view::npos ? std::string_view() : Trimmed(title.substr(blank));
    if (kind_ == FileKind::kCredentials) {
      section_ = &files_.profiles[std::string(title)];
    } else if (type == "profile" && !name.empty()) {
      section_ = &files_.profiles[std::string(name)];
    } else if (type == "services" && !name.empty()) {
      section_ = &files_.services[std::string(name)];
    } else if (title == "default") {
      section_ = &files_.profiles["default"];
    }
    return {};
  }

  std::unexpected<Error> Broken(std::string_view what) const {
    return Fail(Code::kInvalid, fmt::format("{}, line {}: {}", path_, number_, what));
  }

  const FileKind kind_;
  const std::string path_;
  ProfileFiles& files_;
  Profile* section_ = nullptr;
  bool has_section_ = false;
  std::string parent_;  // the name whose indented parts follow
  int number_ = 0;
};

Status ReadFile(FileKind kind, const std::string& path, ProfileFiles& files) {
  auto text = config::ReadTextFile(path, kFileBytesMax);
  if (!text && text.error().code == Code::kNotFound) return {};
  if (!text) return Fail("AWS profile file", std::move(text).error());
  Reader reader(kind, path, files);
  std::istringstream lines(*std::move(text));
  for (std::string line; std::getline(lines, line);) EIDER_CHECK(reader.Take(line));
  return {};
}

std::string PathOf(std::string_view variable, std::string_view file,
                   const Environment& environment) {
  if (auto path = environment(variable)) return *std::move(path);
  return fmt::format("{}/.aws/{}", environment("HOME").value_or("/"), file);
}

}  // namespace

Result<ProfileFiles> ReadProfileFiles(const Environment& environment) {
  ProfileFiles files;
  const std::string config = PathOf("AWS_CONFIG_FILE", "config", environment);
  const std::string credentials = PathOf("AWS_SHARED_CREDENTIALS_FILE", "credentials", environment);
  EIDER_CHECK(ReadFile(FileKind::kConfig, config, files));
  EIDER_CHECK(ReadFile(FileKind::kCredentials, credentials, files));
  files.places = credentials + ", " + config;
  return files;
}

std::string ProfileName(const Environment& environment) {
  return environment("AWS_PROFILE").value_or("default");
}

std::string_view ValueOf(const Profile& profile, std::string_view name) {
  const auto found = profile.find(name);
  return found == profile.end() ? std::string_view() : found->second;
}

}  // namespace eider::aws
