#include "proxy/cli/check_config.hpp"
#include "proxy/config/doubts.hpp"
#include "proxy/config/fit.hpp"
#include "proxy/config/load.hpp"
#include "tests/unit/temporary_folder.hpp"

#include <doctest/doctest.h>
#include <sstream>

using namespace pilotlight;

namespace {

constexpr int machine = 4;

settings read(std::string_view text)
{
  auto const variables = [](std::string const&) { return std::optional<std::string>(); };
  auto const loaded = read_settings(text, "p.toml", {}, variables);
  REQUIRE_MESSAGE(loaded.has_value(), loaded.error().sentence);
  return *loaded;
}

std::string joined(std::vector<std::string> const& sentences)
{
  auto all = std::string();
  for (auto const& one : sentences)
    all += (all.empty() ? "" : "\n") + one;
  return all;
}

} // namespace

TEST_CASE("config: settings that have no effect or ask for more than there is are told, a sentence each")
{
  struct
  {
    char const* text;
    char const* sentences;
  } const cases[] = {
      {"", ""},
      {"[autoscaling.resources]\ncores = 4", ""},
      {"[autoscaling.resources]\ncores = 4.5",
       "'autoscaling.resources.cores' is 4.5, more than the cores that the proxy may use, 4: these are what is shared "
       "out"},
      {"[autoscaling.resources]\nmemory = \"100 MiB\"", ""},
      {"[autoscaling.resources]\nmemory = \"1 MiB\"", "'autoscaling.resources.memory' is 1 MiB, less than a process "
                                                      "with LibTorch takes, about 100 MiB: no model can be "
                                                      "started"},
      {"[worker]\nthreads = 4", ""},
      {"[worker]\nthreads = 5", "'worker.threads' is 5, more than the cores that the proxy may use, 4: an instance "
                                "gets no more than these"},
      {"[worker]\nthreads = 3\n[autoscaling.resources]\ncores = 2",
       "'worker.threads' is 3, more than 'autoscaling.resources.cores', 2.0: an instance gets no more than these"},
      {"[worker]\nthreads = 2\n[autoscaling.resources]\ncores = 2", ""},
      {"[autoscaling.model_loader]\nload_balancing_strategy = \"geographic\"",
       "'autoscaling.model_loader.load_balancing_strategy' is \"geographic\", but there are no [[balancing.zones]]: it "
       "is least_connections then"},
      {"[autoscaling.model_loader]\nload_balancing_strategy = \"geographic\"\n[[balancing.zones]]\nname = \"n\"", ""},
  };
  for (auto const& [text, sentences] : cases)
    CHECK_MESSAGE(joined(config::doubts(read(text), machine)) == sentences, std::string(text));
}

TEST_CASE("config: what is doubtful of one model alone is told with its name, once")
{
  auto const node = read("[worker]\nthreads = 9");
  auto models = repository_contents();
  for (auto const* name : {"a", "b", "b"}) {
    models.models.push_back({});
    models.models.back().name = name;
    models.models.back().toml.limits = node.limits;
  }
  CHECK(config::misfits(node, models, machine).empty()); // said of the whole already
  models.models[1].toml.limits.load_balancing_strategy = "geographic";
  models.models[2].toml.limits.load_balancing_strategy = "geographic";
  CHECK(joined(config::misfits(node, models, machine)) ==
        "model \"b\": 'autoscaling.model_loader.load_balancing_strategy' is \"geographic\", but there are no "
        "[[balancing.zones]]: it is least_connections then");
}

TEST_CASE("config: a floor of instances of a model of sequences is doubtful")
{
  auto const node = read("");
  auto models = repository_contents();
  models.models.push_back({});
  models.models.back().name = "a";
  models.models.back().toml.state = state_mode::sequence;
  models.models.back().toml.limits.rest_at = decide::rung::model_zygote;
  CHECK(config::misfits(node, models, machine).empty());
  models.models.back().toml.limits.min_instances = 1;
  CHECK(joined(config::misfits(node, models, machine)).find("keep no instance of it") != std::string::npos);
  models.models.back().toml.limits.min_instances = 0;
  models.models.back().toml.limits.rest_at = decide::rung::instance;
  CHECK(joined(config::misfits(node, models, machine)).find("keep no instance of it") != std::string::npos);
}

TEST_CASE("config: batches that cannot be are doubtful")
{
  auto const node = read("[batching]\nmax_batch_size = 4");
  auto models = repository_contents();
  models.models.push_back({});
  auto& one = models.models.back();
  one.name = "a";
  one.toml.limits = node.limits;
  one.toml.inputs = {{"x", datatype::fp32, std::vector<std::int64_t>{-1, 4}}, {"y", datatype::fp32, std::nullopt}};
  CHECK(config::misfits(node, models, machine).empty());
  one.toml.batch_dimension = 2;
  CHECK(joined(config::misfits(node, models, machine)) ==
        "model \"a\": 'batching.max_batch_size' has no effect: input \"x\" has 2 dimensions, and 'batch_dimension' 2 "
        "(from 0) is none of them");
  one.toml.inputs[0].batch_dimension = 1; // its own
  CHECK(config::misfits(node, models, machine).empty());
  one.toml.state = state_mode::sequence;
  CHECK(joined(config::misfits(node, models, machine)) ==
        "model \"a\": 'batching.max_batch_size' has no effect: the requests of a sequence are never batched");
}

TEST_CASE("check-config: prints what is doubtful and is content")
{
  auto const folder = temporary_folder();
  folder.write("p.toml", "[autoscaling.resources]\ncores = 4096\n");
  auto out = std::ostringstream();
  auto err = std::ostringstream();
  auto const asked = cli::check_config_command{
      {(folder.path() / "p.toml").string(),
       {"models.repository=" + folder.path().string(), "cache.directory=" + folder.path().string()}}};
  CHECK(cli::check_config(asked, out, err) == 0);
  CHECK_MESSAGE(out.str().find("\nwarning: 'autoscaling.resources.cores' is 4096.0, more than the cores") !=
                    std::string::npos,
                out.str());
  CHECK(err.str().empty());
}
