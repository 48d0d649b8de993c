// execute/file_watch against a real folder and the kernel's own events. Each wait is bounded.
#include "proxy/execute/file_watch.hpp"
#include "tests/unit/temporary_folder.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace pilotlight;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr auto settle = 60ms;

/// A watch and what it has told, a list of file names per call.
struct watching
{
  boost::asio::io_context io;
  std::vector<std::vector<std::string>> calls;
  std::unique_ptr<execute::file_watch> watch =
      execute::file_watch::make(
          io, [this](execute::file_watch::paths const& changed) { note(changed); }, settle)
          .value();

  explicit watching(execute::file_watch::paths const& files) { REQUIRE(watch->watch(files).has_value()); }

  void note(execute::file_watch::paths const& changed)
  {
    calls.emplace_back();
    for (auto const& one : changed)
      calls.back().push_back(one.filename().string());
  }

  /// Runs until there are so many calls, at most 5 s, and then long enough for one too many to show.
  void expect(std::size_t count)
  {
    auto const until = std::chrono::steady_clock::now() + 5s;
    while (calls.size() < count && std::chrono::steady_clock::now() < until)
      io.run_for(5ms);
    io.run_for(settle * 3);
    CHECK(calls.size() == count);
  }
};

void replace_link(fs::path const& link, fs::path const& target)
{
  auto const beside = fs::path(link.string() + "_tmp");
  fs::create_symlink(target, beside);
  fs::rename(beside, link);
}

using names = std::vector<std::string>;

} // namespace

TEST_SUITE("file watch")
{
  TEST_CASE("a file written in place, and one written beside and renamed, are a change each")
  {
    auto const folder = temporary_folder();
    auto const file = folder.write("p.toml", "a = 1");
    auto seen = watching({file});
    seen.expect(0);
    folder.write("p.toml", "a = 2");
    seen.expect(1);
    fs::rename(folder.write(".p.toml.swp", "a = 3"), file);
    seen.expect(2);
    CHECK(seen.calls[1] == names{"p.toml"});
  }

  TEST_CASE("a burst of changes, to several files, is one call once they have come to rest")
  {
    auto const folder = temporary_folder();
    auto const one = folder.write("p.toml", "");
    auto const other = folder.write("models/m/model.toml", "");
    auto seen = watching({one, other});
    for (int i = 0; i < 40; ++i) {
      folder.write("p.toml", std::string(static_cast<std::size_t>(i), '#'));
      folder.write("models/m/model.toml", std::string(static_cast<std::size_t>(i), '#'));
      seen.io.poll(); // a machine that is busy may rest for longer than `settle` between two of them
    }
    seen.expect(1);
    CHECK(seen.calls[0] == names{"model.toml", "p.toml"});
  }

  TEST_CASE("other files in the folder are nobody's business")
  {
    auto const folder = temporary_folder();
    auto seen = watching({folder.write("p.toml", "")});
    folder.write("other.toml", "x");
    fs::create_directory(folder.path() / "p.toml.d");
    seen.expect(0);
  }

  TEST_CASE("deleted and written again at once is one change; deleted for longer are two")
  {
    auto const folder = temporary_folder();
    auto const file = folder.write("p.toml", "a = 1");
    auto seen = watching({file});
    fs::remove(file);
    folder.write("p.toml", "a = 2");
    seen.expect(1);
    fs::remove(file);
    seen.expect(2);
    folder.write("p.toml", "a = 3");
    seen.expect(3);
    folder.write("p.toml", "a = 4");
    seen.expect(4);
  }

  TEST_CASE("a file that is not there yet, nor its folder, is noticed when it comes")
  {
    auto const folder = temporary_folder();
    auto seen = watching({folder.path() / "etc/pilotlight/p.toml"});
    fs::create_directory(folder.path() / "etc");
    seen.expect(0);
    folder.write("etc/pilotlight/p.toml", "a = 1");
    seen.expect(1);
    folder.write("etc/pilotlight/p.toml", "a = 22");
    seen.expect(2);
  }

  TEST_CASE("a swapped link on the way is a change, as with Kubernetes' ..data, and what it led to is left alone")
  {
    auto const folder = temporary_folder();
    auto const& root = folder.path();
    auto const first = folder.write("..1/p.toml", "a = 1");
    folder.write("..2/p.toml", "a = 2");
    fs::create_symlink("..1", root / "..data");
    fs::create_symlink("..data/p.toml", root / "p.toml");
    auto seen = watching({root / "p.toml"});
    replace_link(root / "..data", "..2");
    fs::remove_all(root / "..1");
    seen.expect(1);
    folder.write("..1/p.toml", "not followed any more");
    seen.expect(1);
    folder.write("..2/p.toml", "a = 3");
    seen.expect(2);
    replace_link(root / "..data", root / "..1");
    seen.expect(3);
  }

  TEST_CASE("a folder of models that is replaced as a whole is noticed")
  {
    auto const folder = temporary_folder();
    auto const& root = folder.path();
    auto seen = watching({folder.write("models/m/model.toml", "1")});
    folder.write("next/m/model.toml", "2");
    fs::rename(root / "models", root / "old");
    fs::rename(root / "next", root / "models");
    seen.expect(1);
    fs::remove_all(root / "old");
    folder.write("models/m/model.toml", "33");
    seen.expect(2);
    fs::remove_all(root / "models");
    seen.expect(3);
    folder.write("models/m/model.toml", "4");
    seen.expect(4);
  }

  TEST_CASE("links in a circle lead to no file, and end")
  {
    auto const folder = temporary_folder();
    fs::create_symlink("b", folder.path() / "a");
    fs::create_symlink("a", folder.path() / "b");
    auto seen = watching({folder.path() / "a" / "p.toml"});
    fs::remove(folder.path() / "a");
    seen.expect(0);
    folder.write("a/p.toml", "");
    seen.expect(1);
  }

  TEST_CASE("watching other files: the old ones are forgotten, a change between two calls is not")
  {
    auto const folder = temporary_folder();
    auto const one = folder.write("one/p.toml", "");
    auto const other = folder.write("other/p.toml", "");
    auto seen = watching({one});
    folder.write("one/p.toml", "changed");
    REQUIRE(seen.watch->watch({one, other}).has_value());
    seen.expect(1);
    REQUIRE(seen.watch->watch({other}).has_value());
    folder.write("one/p.toml", "once more");
    seen.expect(1);
    folder.write("other/p.toml", "x");
    seen.expect(2);
  }

  TEST_CASE("a thousand model.toml files are watched and one of them is told")
  {
    auto const folder = temporary_folder();
    auto files = execute::file_watch::paths();
    for (int i = 0; i < 1000; ++i) {
      auto const name = "models/m" + std::to_string(i);
      fs::create_directories(folder.path() / name);
      files.push_back(folder.path() / name / "model.toml");
    }
    auto seen = watching(files);
    auto const begun = std::chrono::steady_clock::now();
    REQUIRE(seen.watch->watch(files).has_value());
    MESSAGE("1000 files: ",
            std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun).count(),
            " us");
    folder.write("models/m500/model.toml", "x");
    seen.expect(1);
    CHECK(seen.calls[0] == names{"model.toml"});
  }
}
