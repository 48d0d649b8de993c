#include "proxy/repository/checksum.hpp"
#include "proxy/repository/scan.hpp"
#include "tests/unit/temporary_folder.hpp"

#include <doctest/doctest.h>

using namespace pilotlight;

namespace {

settings at(std::filesystem::path const& repository)
{
  auto node = settings();
  node.repository = repository.string();
  return node;
}

} // namespace

TEST_CASE("repository: models come sorted by name, then by version as a number")
{
  auto const folder = temporary_folder();
  for (auto const* path : {"b/10/model.pt", "b/9/model.pt", "a.x_-1/1/model.pt"})
    folder.write(path, "x");
  auto const found = scan(at(folder.path()));
  REQUIRE(found.has_value());
  auto keys = std::string();
  for (auto const& model : found->models) {
    keys += model.key + " ";
    CHECK(model.error.empty());
    CHECK(model.checksum.size() == 32);
    CHECK(model.format == model_format::torchscript);
  }
  CHECK(keys == "a.x_-1:1 b:9 b:10 ");
  CHECK(found->warnings.empty());
}

TEST_CASE("repository: what is no model or version is passed over with a sentence, hidden folders without")
{
  auto const folder = temporary_folder();
  for (auto const* path : {"ok/1/model.pt", "ok/latest/model.pt", "ok/01/model.pt", "ok/0/model.pt",
                           "bad name/1/model.pt", ".git/1/model.pt", "empty/readme", "loose-file"})
    folder.write(path, "x");
  auto const found = scan(at(folder.path()));
  REQUIRE(found.has_value());
  CHECK(found->models.size() == 1);
  CHECK(found->warnings.size() == 5); // 0, 01, latest, "bad name", empty
}

TEST_CASE("repository: a version that cannot be served says why, others are unaffected")
{
  auto const folder = temporary_folder();
  folder.write("both/1/model.pt", "x");
  folder.write("both/1/model.pt2", "x");
  folder.write("neither/1/weights.bin", "x");
  folder.write("package/1/model.pt2", "x");
  folder.write("toml/1/model.pt", "x");
  folder.write("toml/model.toml", "stateful = 1");
  folder.write("well/1/model.pt2", "x");
  folder.write("well/model.toml", "[[inputs]]\nname='x'\n[[outputs]]\nname='y'");
  std::filesystem::create_directories(folder.path() / "directory/1/model.pt");
  auto const found = scan(at(folder.path()));
  REQUIRE(found.has_value());
  REQUIRE(found->models.size() == 6);
  auto const error = [&](std::size_t i) { return found->models[i].error; };
  auto const root = folder.path().string();
  CHECK(error(0) == root + "/both/1: has both model.pt and model.pt2; which one to serve is a guess, remove one");
  CHECK(error(1) == root + "/directory/1/model.pt: not a regular file");
  CHECK(error(2) == root + "/neither/1: has neither model.pt (TorchScript) nor model.pt2 (AOTInductor)");
  CHECK(error(3) == root +
                        "/package/model.toml: a model.pt2 does not name its tensors, so [[inputs]] and [[outputs]] are "
                        "needed here");
  CHECK(error(4) == root + "/toml/model.toml:1: 'stateful' is 1; allowed is \"restore\" or \"sequence\"");
  CHECK(error(5).empty());
  CHECK(found->models[5].format == model_format::aotinductor);
}

TEST_CASE("repository: one that is not there is a failure that names the key")
{
  auto const found = scan(at("/nonexistent/models"));
  REQUIRE(!found);
  CHECK(found.error().sentence == "'models.repository': /nonexistent/models: No such file or directory");
}

TEST_CASE("repository: a model's own limits start from the settings'")
{
  auto const folder = temporary_folder();
  folder.write("a/1/model.pt", "x");
  folder.write("b/1/model.pt", "x");
  folder.write("b/model.toml", "[worker]\nthreads = 2");
  auto node = at(folder.path());
  node.limits.threads = 5;
  auto const found = scan(node);
  CHECK(found->models[0].toml.limits.threads == 5);
  CHECK(found->models[1].toml.limits.threads == 2);
}

TEST_CASE("repository: a checksum stays while the file does, and changes with it")
{
  auto const folder = temporary_folder();
  auto const file = folder.write("m", "one");
  auto const first = checksum(file);
  REQUIRE(first.has_value());
  CHECK(*checksum(file) == *first);
  auto const time = std::filesystem::last_write_time(file);
  folder.write("n", "two");
  std::filesystem::rename(folder.path() / "n", file);
  std::filesystem::last_write_time(file, time); // same path, size and time: the inode tells
  CHECK(*checksum(file) != *first);
  CHECK(!checksum(folder.path() / "missing"));
}

TEST_CASE("repository: names")
{
  CHECK(is_model_name("all-MiniLM_L6.v2"));
  for (auto const* bad : {"", ".a", "..", "a/b", "a b", "a:1", "ä"})
    CHECK_MESSAGE(!is_model_name(bad), bad);
  CHECK(!is_model_name(std::string(201, 'a')));
  CHECK(is_version("1"));
  for (auto const* bad : {"", "0", "01", "-1", "1.0", "v1", "1234567890123456789"})
    CHECK_MESSAGE(!is_version(bad), bad);
}
