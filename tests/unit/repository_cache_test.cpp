#include "proxy/config/read_file.hpp"
#include "proxy/repository/descriptions.hpp"
#include "proxy/repository/unpacked.hpp"
#include "tests/unit/temporary_folder.hpp"

#include <doctest/doctest.h>

using namespace pilotlight;
namespace fs = std::filesystem;

namespace {

signature described()
{
  auto one = signature();
  one.key = "vad:1";
  one.arguments = {{"x", "tensor", false}, {"sr", "int", true}};
  one.outputs = {"y"};
  one.writes_inputs = true;
  one.state = {"_state.h"};
  return one;
}

} // namespace

TEST_CASE("descriptions: what was stored is loaded")
{
  auto const folder = temporary_folder();
  auto const cache = folder.path() / "deep/cache";
  REQUIRE(store_descriptions(cache, {{"aa", described()}, {"bb", {}}}).has_value());
  auto const loaded = load_descriptions(cache);
  CHECK(loaded.warning.empty());
  REQUIRE(loaded.known.size() == 2);
  auto const& one = loaded.known.at("aa");
  CHECK(one.key == "vad:1");
  REQUIRE(one.arguments.size() == 2);
  CHECK(one.arguments[1].kind == "int");
  CHECK(one.arguments[1].has_default);
  CHECK(one.state == std::vector<std::string>{"_state.h"});
  auto files = 0;
  for ([[maybe_unused]] auto const& file : fs::directory_iterator(cache))
    ++files;
  CHECK(files == 1); // nothing half-written is left
}

TEST_CASE("descriptions: a file that is missing is nothing known, one that is damaged too, with a warning")
{
  auto const folder = temporary_folder();
  CHECK(load_descriptions(folder.path()).warning.empty());
  for (auto const* text :
       {"", "{", "[]", "{}", R"({"release":1,"descriptions":{}})",
        R"({"release":")" PILOTLIGHT_VERSION R"(","descriptions":[]})",
        R"({"release":")" PILOTLIGHT_VERSION R"(","descriptions":{"aa":{"key":"vad:1"}}})", "\0\0\0"}) {
    folder.write("descriptions.json", text);
    auto const loaded = load_descriptions(folder.path());
    CHECK(loaded.known.empty());
    CHECK_MESSAGE(loaded.warning.ends_with("models are described anew"), text);
  }
}

TEST_CASE("descriptions: those of another release are dropped without a word")
{
  auto const folder = temporary_folder();
  folder.write("descriptions.json", R"({"release":"0.0.0","descriptions":{"aa":{"other":"shape"}}})");
  auto const loaded = load_descriptions(folder.path());
  CHECK(loaded.known.empty());
  CHECK(loaded.warning.empty());
}

TEST_CASE("descriptions: a directory that cannot be written to is a failure that names it")
{
  auto const folder = temporary_folder();
  folder.write("file", "");
  auto const stored = store_descriptions(folder.path() / "file", {});
  REQUIRE(!stored);
  CHECK(stored.error().sentence.starts_with((folder.path() / "file").string()));
}

TEST_CASE("unpacked: old copies that no model uses go, others stay")
{
  auto const folder = temporary_folder();
  auto const used = std::string(32, 'a');
  auto const unused = std::string(32, 'b');
  auto const fresh = std::string(32, 'c');
  CHECK(unpacked_folder(folder.path(), used) == folder.path() / "aoti" / used);
  for (auto const& name : {used, unused, fresh, used + ".1234", std::string("somebody-else")})
    folder.write("aoti/" + name + "/data", "x");
  auto const long_ago = fs::file_time_type::clock::now() - std::chrono::hours(48);
  for (auto const& name : {used, unused, used + ".1234", std::string("somebody-else")})
    fs::last_write_time(folder.path() / "aoti" / name, long_ago);

  auto models = std::vector<model_spec>(1);
  models[0].checksum = used;
  CHECK(remove_unused(folder.path(), models) == 2);
  CHECK(fs::exists(folder.path() / "aoti" / used));
  CHECK(fs::last_write_time(folder.path() / "aoti" / used) > long_ago);
  CHECK(fs::exists(folder.path() / "aoti" / fresh));
  CHECK(fs::exists(folder.path() / "aoti/somebody-else"));
  CHECK(!fs::exists(folder.path() / "aoti" / unused));
  CHECK(remove_unused(folder.path() / "nowhere", models) == 0);
}
