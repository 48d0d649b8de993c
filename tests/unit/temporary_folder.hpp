// A folder that a test may fill. Gone, with all that is in it, at the end of the test.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace pilotlight {

class temporary_folder
{
public:
  temporary_folder()
  {
    auto name = (std::filesystem::temp_directory_path() / "pilotlight-test-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary folder: " + name);
    path_ = name;
  }
  temporary_folder(temporary_folder const&) = delete;
  temporary_folder& operator=(temporary_folder const&) = delete;
  ~temporary_folder()
  {
    auto ignored = std::error_code();
    std::filesystem::remove_all(path_, ignored);
  }

  std::filesystem::path const& path() const { return path_; }

  /// Writes a file, making its folders. Returns its path.
  std::filesystem::path write(std::string_view relative, std::string_view text) const
  {
    auto file = path_ / relative;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }

private:
  std::filesystem::path path_;
};

} // namespace pilotlight
