#include "proxy/config/load.hpp"

#include <doctest/doctest.h>

using namespace pilotlight;

namespace {

std::string problem(std::string_view text, std::vector<std::string> overrides = {})
{
  auto const variables = [](std::string const&) { return std::optional<std::string>(); };
  auto const loaded = read_settings(text, "p.toml", overrides, variables);
  return loaded ? "accepted" : loaded.error().sentence;
}

} // namespace

TEST_CASE("config: each contradiction is told at the place of one key, naming both with their values")
{
  struct
  {
    char const* text;
    char const* sentence;
  } const cases[] = {
      {"[autoscaling.thresholds]\ncpu_scale_down = 70", "p.toml:2: 'autoscaling.thresholds.cpu_scale_down' (70.0) must "
                                                        "be less than 'autoscaling.thresholds.cpu_scale_up' (70.0)"},
      {"[autoscaling.thresholds]\ncpu_scale_up = 30", "p.toml:2: 'autoscaling.thresholds.cpu_scale_down' (30.0) must "
                                                      "be less than 'autoscaling.thresholds.cpu_scale_up' (30.0)"},
      {"[autoscaling.thresholds]\ncpu_scale_down = 69.9", "accepted"},
      {"[autoscaling.zero_scaling]\nkeep_alive_max = 9.999",
       "p.toml:2: 'autoscaling.zero_scaling.keep_alive_min' (10.0) must not be more than "
       "'autoscaling.zero_scaling.keep_alive_max' (9.999)"},
      {"[autoscaling.zero_scaling]\nkeep_alive_max = 10", "accepted"},
      {"[autoscaling.model_loader]\nmin_instances = 4",
       "p.toml:2: 'autoscaling.model_loader.min_instances' (4) must not be more than "
       "'autoscaling.model_loader.max_instances_per_model' (3)"},
      {"[autoscaling.model_loader]\nmin_instances = 3", "accepted"},
      {"[autoscaling.windows]\npanic = 60",
       "p.toml:2: 'autoscaling.windows.panic' (60.0) must be less than 'autoscaling.windows.stable' (60.0)"},
      {"[autoscaling.windows]\nstable = 6",
       "p.toml:2: 'autoscaling.windows.panic' (6.0) must be less than 'autoscaling.windows.stable' (6.0)"},
      {"[autoscaling.windows]\nstable = 6.001", "accepted"},
      {"[autoscaling]\ntick = 6.001",
       "p.toml:2: 'autoscaling.tick' (6.001) must not be more than 'autoscaling.windows.panic' (6.0)"},
      {"[autoscaling.windows]\npanic = 0.999",
       "p.toml:2: 'autoscaling.tick' (1.0) must not be more than 'autoscaling.windows.panic' (0.999)"},
      {"[autoscaling]\ntick = 6", "accepted"},
      {"[autoscaling.budget]\nrefuse_over_budget = true",
       "p.toml:2: 'autoscaling.budget.refuse_over_budget' is true, but 'autoscaling.budget.worker_hours_per_month' is "
       "0, which is no budget; allowed is more than 0 with it"},
      {"[autoscaling.budget]\nrefuse_over_budget = true\nworker_hours_per_month = 0.5", "accepted"},
      {"[autoscaling.budget]\nrefuse_over_budget = true\nworker_hours_per_month = -1",
       "p.toml:3: 'autoscaling.budget.worker_hours_per_month' is -1; allowed is a number from 0 to 10000000"},
      {"[batching]\nmax_batch_size = 8\nbatch_delay_max = 0.1",
       "p.toml:3: 'batching.batch_delay_max' (0.1) must be less than 'batching.batch_latency_target' (0.1)"},
      {"[batching]\nbatch_delay_max = 0.1", "accepted"}, // off
      {"[balancing]\nweights = [0, 0, 0]",
       "p.toml:2: 'balancing.weights' ([0.0, 0.0, 0.0]) are all 0 for as many instances as "
       "'autoscaling.model_loader.max_instances_per_model' (3)"},
      {"[balancing]\nweights = [0, 0]", "accepted"}, // the third weighs 1
      {"[balancing]\nweights = [0, 0, 0.5]", "accepted"},
      {"[hold]\nmax_bytes = \"64 MiB\"",
       "p.toml:2: 'listen.max_body_bytes' (\"64 MiB\") must not be more than half of 'hold.max_bytes' (\"64 MiB\")"},
      {"[listen]\nadmin = \"127.0.0.1:8080\"", "p.toml:2: 'listen.admin' (\"127.0.0.1:8080\") must not be the same "
                                               "address as 'listen.http' (\"127.0.0.1:8080\")"},
      {"[[autoscaling.schedules]]\nmin_instances = 2", "p.toml:1: [[autoscaling.schedules]] has no when"},
      {"[[autoscaling.schedules]]\nwhen = \"Mon 08:00-09:00\"\n[[autoscaling.schedules]]\nwhen = \"0 8 * * *\"\n"
       "min_instances = 4",
       "p.toml:5: 'autoscaling.schedules.min_instances' (4) must not be more than "
       "'autoscaling.model_loader.max_instances_per_model' (3)"},
      {"[[autoscaling.schedules]]\nmodel = \"a\"\nwhen = \"0 8 * * *\"\nmin_instances = 4", "accepted"}, // its own max
      {"[[autoscaling.schedules]]\nwhen = \"0 8 * * *\"\nduration = 60\n[[autoscaling.schedules]]\n"
       "when = \"Mon-Fri 08:00-18:00\"\nduration = 3600",
       "p.toml:6: 'autoscaling.schedules.duration' is allowed only where 'autoscaling.schedules.when' is cron's words, "
       "not hours with an end of their own such as \"Mon-Fri 08:00-18:00\""},
      {"[[autoscaling.schedules]]\nduration = 60", "p.toml:1: [[autoscaling.schedules]] has no when"},
      {"[[balancing.zones]]\ncidrs = []", "p.toml:1: [[balancing.zones]] has no name"},
      {"[[balancing.zones]]\nname = \"a\"\n[[balancing.zones]]\nname = \"a\"",
       "p.toml:4: [[balancing.zones]] has the name \"a\" twice"},
      {"[[balancing.zones]]\nname = \"a\"\ncidrs = [\"10.0.0.0/8\"]\n[[balancing.zones]]\nname = \"b\"\n"
       "cidrs = [\"fd00::/8\", \"10.0.0.0/8\"]",
       "p.toml:6: 'balancing.zones': zone 'b': network '10.0.0.0/8' belongs to zone 'a' already"},
      {"[balancing]\nzone = \"north\"\n[[balancing.zones]]\nname = \"nord\"",
       "p.toml:2: 'balancing.zone' is \"north\", but no [[balancing.zones]] has that name"},
      {"[balancing]\nzone = \"north\"\n[[balancing.zones]]\nname = \"north\"", "accepted"},
      {"[balancing]\nzone = \"north\"", "accepted"}, // nor does anything go by it
      {"[balancing]\ninstance_zones = [\"north\", \"south\"]\n[[balancing.zones]]\nname = \"north\"",
       "p.toml:2: 'balancing.instance_zones' has \"south\", but no [[balancing.zones]] has that name"},
      {"[balancing]\ninstance_zones = [\"north\"]",
       "p.toml:2: 'balancing.instance_zones' has \"north\", but no [[balancing.zones]] has that name"},
      {"[balancing]\ninstance_zones = [\"south\", \"south\"]\n[[balancing.zones]]\nname = \"south\"", "accepted"},
  };
  for (auto const& [text, sentence] : cases)
    CHECK_MESSAGE(problem(text) == sentence, std::string(text));
}

TEST_CASE("config: a refused value hides no contradiction of others, and contradicts nothing itself")
{
  struct
  {
    char const* text;
    char const* sentences;
  } const cases[] = {
      {"[autoscaling.thresholds]\nresponse_time_max = \"2\"\n[autoscaling.model_loader]\nmin_instances = 4",
       "p.toml:2: 'autoscaling.thresholds.response_time_max' is \"2\"; allowed is a number of seconds from 0.001 to "
       "86400\n"
       "p.toml:4: 'autoscaling.model_loader.min_instances' (4) must not be more than "
       "'autoscaling.model_loader.max_instances_per_model' (3)"},
      {"[autoscaling.model_loader]\nmin_instances = 4\nmax_instances_per_model = 0",
       "p.toml:3: 'autoscaling.model_loader.max_instances_per_model' is 0; allowed is an integer from 1 to 256"},
      {"[autoscaling.model_loader]\nmin_instances = 4\nmax_instances = 8",
       "p.toml:3: unknown key 'autoscaling.model_loader.max_instances'; did you mean "
       "'autoscaling.model_loader.max_instances_per_model'?"},
      {"[autoscaling.model_loder]\nmax_instances_per_model = 8\n[[autoscaling.schedules]]\nwhen = \"0 8 * * *\"\n"
       "min_instances = 4",
       "p.toml:1: unknown key 'autoscaling.model_loder'; did you mean 'autoscaling.model_loader'?"},
      {"[[autoscaling.schedules]]\nwhen = 8\n[[autoscaling.schedules]]\nmin_instances = 1",
       "p.toml:2: 'autoscaling.schedules.when' is 8; allowed is days and hours such as \"Mon-Fri 08:00-18:00\", or "
       "cron's minute, hour, day, month and weekday such as \"0 8 * * 1-5\"\n"
       "p.toml:3: [[autoscaling.schedules]] has no when"},
      {"[[balancing.zones]]\nname = \"a b\"\n[[balancing.zones]]\ncidrs = []",
       "p.toml:2: 'balancing.zones.name' is \"a b\"; allowed is a name of 1 to 64 letters, digits, '-', '_' and '.'\n"
       "p.toml:3: [[balancing.zones]] has no name"},
      {"[balancing]\nzone = \"north\"\n[[balancing.zones]]\nname = 5",
       "p.toml:4: 'balancing.zones.name' is 5; allowed is a name of 1 to 64 letters, digits, '-', '_' and '.'"},
      {"[balancing]\ninstance_zones = [\"north\"]\n[[balancing.zones]]\nname = 5",
       "p.toml:4: 'balancing.zones.name' is 5; allowed is a name of 1 to 64 letters, digits, '-', '_' and '.'"},
      {"[balancing]\ninstance_zones = [\"north\", \"\"]", "p.toml:2: 'balancing.instance_zones' has \"\" as item 2; "
                                                          "allowed is a list of names of 1 to 64 letters, digits, "
                                                          "'-', '_' and '.'"},
  };
  for (auto const& [text, sentences] : cases)
    CHECK_MESSAGE(problem(text) == sentences, std::string(text));
}

TEST_CASE("config: texts that break the rule of their key are told with what is allowed")
{
  struct
  {
    char const* text;
    char const* sentence;
  } const cases[] = {
      {"[[balancing.zones]]\nname = \"a\"\ncidrs = [\"10.0.0.0/8\", \"10.0.0.0/33\"]",
       "p.toml:3: 'balancing.zones.cidrs' has \"10.0.0.0/33\" as item 2; allowed is a list of networks such as "
       "\"10.0.0.0/8\" or "
       "\"fd00::/8\", no bit set beyond the prefix"},
      {"[[balancing.zones]]\nname = \"a\"\ncidrs = [\"10.1.0.0/8\"]",
       "p.toml:3: 'balancing.zones.cidrs' has \"10.1.0.0/8\" as item 1; allowed is a list of networks such as "
       "\"10.0.0.0/8\" or "
       "\"fd00::/8\", no bit set beyond the prefix"},
      {"[[autoscaling.schedules]]\nwhen = \"at noon or so\"",
       "p.toml:2: 'autoscaling.schedules.when' is \"at noon or so\"; allowed is days and hours such as \"Mon-Fri "
       "08:00-18:00\", or cron's minute, hour, day, month and weekday such as \"0 8 * * 1-5\""},
      {"[[autoscaling.schedules]]\nutc_offset = \"CET\"\nwhen = \"0 8 * * *\"",
       "p.toml:2: 'autoscaling.schedules.utc_offset' is \"CET\"; allowed is an offset from \"-12:00\" to \"+14:00\""},
      {"[balancing]\nweights = [1, -1]",
       "p.toml:2: 'balancing.weights' has -1 as item 2; allowed is a list of at most 256 numbers from 0 to 1000"},
      {"[balancing]\nweights = [\"1\"]",
       "p.toml:2: 'balancing.weights' has \"1\" as item 1; allowed is a list of at most 256 numbers from 0 to 1000"},
      {"[balancing]\nhash_header = \"X Key\"",
       "p.toml:2: 'balancing.hash_header' is \"X Key\"; allowed is a header's name such as \"X-Pilotlight-Key\""},
      {"[[autoscaling.schedules]]\nmin = 2\nwhen = \"0 8 * * *\"",
       "p.toml:2: unknown key 'autoscaling.schedules.min'; did you mean 'autoscaling.schedules.min_instances'?"},
      {"[autoscaling]\nzz = 1", "p.toml:2: unknown key 'autoscaling.zz'"},
      {"[autoscaling.schedules_of_all]\n", "p.toml:1: unknown key 'autoscaling.schedules_of_all'"},
      {"[[autoscaling.schedules]]\nwehn = \"a\"",
       "p.toml:2: unknown key 'autoscaling.schedules.wehn'; did you mean 'autoscaling.schedules.when'?"},
      {"[balancing.zones]\nname = \"a\"", "p.toml:1: 'balancing.zones' is a list: write [[balancing.zones]]"},
      {"[balancing]\nzones = 5", "p.toml:2: 'balancing.zones' is 5; it is a list of tables, [[balancing.zones]]"},
  };
  for (auto const& [text, sentence] : cases)
    CHECK_MESSAGE(problem(text) == sentence, std::string(text));
}

TEST_CASE("config: lists of tables are kept by item, and --set replaces the whole of one")
{
  auto const variables = [](std::string const&) { return std::optional<std::string>(); };
  auto const text = "[[autoscaling.schedules]]\nwhen = \"Mon-Fri 08:00-18:00\"\nmodel = \"a\"\n"
                    "[[autoscaling.schedules]]\nwhen = \"0 8 * * 1-5\"\nduration = 60\nutc_offset = \"-03:30\"\n"
                    "[[balancing.zones]]\nname = \"n\"\ncidrs = [\"10.0.0.0/8\", \"fd00::/8\"]\n";
  auto const read = [&](std::vector<std::string> const& overrides) {
    return *read_settings(text, "p.toml", overrides, variables);
  };
  auto const loaded = read({});
  REQUIRE(loaded.schedules.size() == 2);
  CHECK(loaded.schedules[0].model == "a");
  CHECK(loaded.schedules[0].duration == std::chrono::hours(1));
  CHECK(loaded.schedules[1].model.empty());
  CHECK(loaded.schedules[1].duration == std::chrono::minutes(1));
  CHECK(loaded.schedules[1].utc_offset == "-03:30");
  REQUIRE(loaded.balancing.zones.size() == 1);
  CHECK(loaded.balancing.zones[0].cidrs == std::vector<std::string>{"10.0.0.0/8", "fd00::/8"});
  CHECK(read({"autoscaling.schedules=[{when=\"Sun 01:00-02:00\"}]"}).schedules ==
        std::vector<schedule_settings>{{"", "Sun 01:00-02:00", std::chrono::hours(1), 1, "+00:00"}});
  CHECK(read({"autoscaling.schedules=[]"}).schedules.empty());
  CHECK(read({"balancing.zones=[{name=\"a\"},{name=\"b\"}]"}).balancing.zones.size() == 2);
  CHECK(problem(text, {"balancing.zones=[{name=\"a\"},{name=\"a\"}]"}) ==
        "--set: [[balancing.zones]] has the name \"a\" twice");
}
