// The functional check: what is asked, what comes back, and whether the model is trusted.
#include "proxy/control/health_rounds.hpp"
#include "proxy/health/canary_block.hpp"
#include "proxy/health/golden_file.hpp"

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

namespace pilotlight::control {

namespace asio = boost::asio;

/// The canary of this load and its golden answer, which an earlier load may have recorded.
void health_rounds::open_book(pool::model& one, watched_model& seen)
{
  if (seen.book && seen.book->wanted()) return;
  if (!seen.asked_disk) {
    seen.asked_disk = true;
    asio::post(background_, [this, index = one.index(), cache = std::filesystem::path(config_.cache_directory),
                             checksum = one.spec().checksum] {
      auto found = health::load_golden(cache, checksum);
      asio::post(io_, [this, index, checksum, found = std::move(found)]() mutable {
        if (!found.problem.empty()) spdlog::warn("health: {}", found.problem);
        auto& it = seen_[index];
        it.stored = std::move(found.answer);
        it.checksum = checksum;
        it.disk_answered = true;
      });
    });
  }
  if (!seen.disk_answered || seen.checksum != one.spec().checksum) return;
  auto shown = std::vector<health::seen_input>();
  if (!one.seen_shapes().empty())
    for (auto const& each : one.seen_shapes().back())
      shown.push_back({each.name, parse_datatype(each.datatype).value_or(datatype::unknown),
                       dimensions(each.shape.begin(), each.shape.end())});
  auto names = std::vector<std::string>();
  for (auto const& each : one.known_inputs())
    names.push_back(each.name);
  auto const& toml = one.spec().toml;
  // Without a canary yet, requests may still show what could be asked.
  if (seen.book && shown.empty()) return;
  seen.book.emplace(health::choose_canary(toml.canary ? &*toml.canary : nullptr, toml.warmups, shown, names),
                    seen.stored);
}

void health_rounds::ask_canary(pool::model& one, watched_model& seen, pool::instance& which, watched_instance& it)
{
  if (!seen.book || !seen.book->wanted()) {
    if (seen.trusted == health::trust::on_trial) trust(one, seen, health::evidence::untested, "it has no canary");
    return;
  }
  if (it.canary != 0 || !which.current()) return;
  auto const size = health::canary_size(seen.book->asked());
  auto block = one.allocate(size);
  if (!block) return; // the hold is full: clients first
  auto const length = health::write_canary(seen.book->asked(), block->memory(), block->offset());
  if (!which.channel->probe({++last_probe_, block->offset(), length, canary})) return;
  it.canary = last_probe_;
  it.canary_block = std::move(*block);
}

void health_rounds::rule(pool::model& one, watched_model& seen, pool::instance& which, watched_instance& it,
                         channel::probe_answer const& answer)
{
  if (!seen.book || !which.current()) return;
  auto outputs = answer.done.status == fault::none
                     ? health::copy_outputs(answer.canary.outputs, answer.canary.block.arena())
                     : result<std::vector<health::tensor_value>>(failure{answer.done.status, answer.sentence});
  auto const ruling = seen.book->take(outputs);
  if (ruling.record)
    asio::post(background_, [cache = std::filesystem::path(config_.cache_directory), checksum = one.spec().checksum,
                             answer = *ruling.record] {
      if (auto const stored = health::store_golden(cache, checksum, answer); !stored)
        spdlog::warn("health: {}", stored.error().sentence);
    });
  if (ruling.ask_again) return ask_canary(one, seen, which, it);
  if (ruling.given_up) {
    spdlog::warn("model {}: its canary is given up: {}", one.spec().key, seen.book->why_not());
    return trust(one, seen, health::evidence::untested, seen.book->why_not());
  }
  if (!ruling.found) return;
  seen.accuracy = ruling.found->score;
  auto const right = health::passed(*ruling.found);
  trust(one, seen, right ? health::evidence::right : health::evidence::wrong, ruling.found->sentence);
  take(one, seen, which, it, *ruling.found);
}

void health_rounds::trust(pool::model& one, watched_model& seen, health::evidence evidence, std::string_view sentence)
{
  auto const reaction = health::react_trust(seen.trusted, evidence, one.spec().key, sentence, models_.wall().now());
  if (!one.spec().toml.limits.dry_run) seen.trusted = health::next(seen.trusted, evidence).to;
  carry_out(one, seen, reaction);
}

} // namespace pilotlight::control
