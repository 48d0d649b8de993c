#include "tests/process/worker_odd_models.hpp"

#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>
#include <sys/wait.h>

namespace worker_tests {
namespace {

using namespace pilotlight;

/// The Python of the tree's virtual environment, or the one on the path.
std::string python()
{
  auto const own = std::filesystem::path(PILOTLIGHT_SOURCE_DIR) / ".venv" / "bin" / "python";
  return std::filesystem::exists(own) ? own.string() : "python3";
}

child_process load(int zygote, fork_model const& order)
{
  auto model = fork_from(zygote, order);
  REQUIRE(model.greet());
  auto const first = next(model.socket());
  REQUIRE(first);
  if (auto const* bad = std::get_if<failed>(&first->body)) FAIL(bad->reason);
  return model;
}

} // namespace

std::string odd_file(std::string const& name)
{
  static auto const folder = scratch_folder();
  static auto const made = [] {
    auto const script = std::filesystem::path(PILOTLIGHT_SOURCE_DIR) / "tests/process/worker_models.py";
    return std::system((python() + " " + script.string() + " " + folder.path("")).c_str());
  }();
  REQUIRE_MESSAGE(made == 0, "worker_models.py needs a Python with torch");
  return folder.path(name + ".pt");
}

fork_model odd_order(std::string const& name)
{
  auto order = fork_model();
  order.key = name + ":1";
  order.path = odd_file(name);
  order.format = "torchscript";
  return order;
}

odd_model::odd_model(fork_model const& order, std::size_t arena)
    : zygote(spawn_zygote()), model(load(zygote.socket(), order)),
      instance(fork_from(model.socket(), fork_instance{order.key + "/1", 1, false}), arena)
{
  REQUIRE(instance.ready());
}

std::string reason_for(fork_model const& order)
{
  auto zygote = spawn_zygote();
  auto model = fork_from(zygote.socket(), order);
  REQUIRE(model.greet());
  auto const said = expect<failed>(model.socket());
  CHECK(WEXITSTATUS(model.reap()) == 1);
  return said ? said->reason : "";
}

} // namespace worker_tests
