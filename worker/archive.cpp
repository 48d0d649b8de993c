#include "worker/archive.hpp"

#include "worker/sentence.hpp"

#include <algorithm>
#include <array>
#include <c10/util/Exception.h>
#include <caffe2/serialize/inline_container.h>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <unistd.h>
#include <vector>

namespace pilotlight::worker {
namespace {

namespace files = std::filesystem;
using caffe2::serialize::PyTorchStreamReader;

bool is_zip(std::string const& path)
{
  auto head = std::array<char, 4>();
  std::ifstream(path, std::ios::binary).read(head.data(), head.size());
  return head == std::array<char, 4>{'P', 'K', 3, 4};
}

bool has_code(PyTorchStreamReader& reader)
{
  return reader.hasRecord("constants.pkl") && reader.hasRecord("data.pkl");
}

bool is_package(std::vector<std::string> const& records)
{
  return std::any_of(records.begin(), records.end(),
                     [](auto const& name) { return name.find("aotinductor/") != std::string::npos; });
}

/// What keeps the archive from being read at all, or "".
template <class Check>
std::string inspect(std::string const& path, Check check)
{
  if (!is_zip(path)) return "neither a TorchScript archive nor an AOTInductor package: no zip archive";
  try {
    auto reader = PyTorchStreamReader(path);
    return check(reader);
  } catch (c10::Error const& error) {
    return "truncated or corrupt zip archive: " + first_meaningful_line(error.what_without_backtrace());
  } catch (std::exception const& error) {
    return "truncated or corrupt zip archive: " + first_meaningful_line(error.what());
  }
}

void remove_leftovers(files::path const& target)
{
  auto const prefix = target.filename().string() + ".tmp-";
  auto error = std::error_code();
  for (auto const& entry : files::directory_iterator(target.parent_path(), error)) {
    auto const name = entry.path().filename().string();
    if (!name.starts_with(prefix)) continue;
    auto owner = pid_t{};
    std::from_chars(name.data() + prefix.size(), name.data() + name.size(), owner);
    if (owner > 0 && ::kill(owner, 0) != 0 && errno == ESRCH) files::remove_all(entry.path(), error);
  }
}

/// A record's name as a path inside the target, or empty when it would lead out of it.
files::path inside(std::string const& record)
{
  auto const path = files::path(record).lexically_normal();
  if (path.empty() || path.is_absolute() || *path.begin() == "..") return {};
  return path;
}

result<void> write_records(std::string const& path, files::path const& folder)
{
  auto reader = PyTorchStreamReader(path);
  for (auto const& record : reader.getAllRecords()) {
    auto const relative = inside(record);
    if (relative.empty()) return failure{fault::internal, path + ": a record named '" + record + "'"};
    auto const [data, size] = reader.getRecord(record);
    files::create_directories((folder / relative).parent_path());
    auto file = std::ofstream(folder / relative, std::ios::binary);
    file.write(static_cast<char const*>(data.get()), static_cast<std::streamsize>(size));
    file.close();
    if (!file) return failure{fault::internal, "writing " + (folder / relative).string() + ": the disk refuses"};
    if (relative.extension() == ".so") files::permissions(folder / relative, files::perms(0755));
  }
  return {};
}

} // namespace

std::string why_not_torchscript(std::string const& path)
{
  return inspect(path, [](PyTorchStreamReader& reader) -> std::string {
    if (has_code(reader)) return "";
    if (is_package(reader.getAllRecords()))
      return "not a TorchScript archive but an AOTInductor package: name it model.pt2";
    return "not a TorchScript archive: it has no code (saved with torch.save instead of torch.jit.save?)";
  });
}

std::string why_not_aotinductor(std::string const& path)
{
  return inspect(path, [](PyTorchStreamReader& reader) -> std::string {
    if (is_package(reader.getAllRecords())) return "";
    if (has_code(reader)) return "not an AOTInductor package but a TorchScript archive: name it model.pt";
    return "not an AOTInductor package: it has no compiled model";
  });
}

result<void> unpack(std::string const& path, std::string const& target)
{
  if (auto const reason = why_not_aotinductor(path); !reason.empty())
    return failure{fault::internal, path + ": " + reason};
  auto const folder = files::path(target + ".tmp-" + std::to_string(::getpid()));
  try {
    files::create_directories(files::absolute(target).parent_path());
    remove_leftovers(files::absolute(target));
    if (files::exists(target)) return {};
    auto const written = write_records(path, folder);
    auto error = std::error_code();
    if (written) files::rename(folder, target, error);
    files::remove_all(folder);
    if (!written) return written;
    // Another process was faster: its copy is as good.
    if (error && !files::exists(target)) return failure{fault::internal, target + ": " + error.message()};
    return {};
  } catch (c10::Error const& error) {
    files::remove_all(folder);
    return failure{fault::internal, path + ": " + first_meaningful_line(error.what_without_backtrace())};
  } catch (std::exception const& error) {
    auto ignored = std::error_code();
    files::remove_all(folder, ignored);
    return failure{fault::internal, path + ": " + first_meaningful_line(error.what())};
  }
}

} // namespace pilotlight::worker
