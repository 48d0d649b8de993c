// The instances of one model, from their fork to their end.
#include "proxy/pool/model.hpp"

#include <algorithm>
#include <csignal>
#include <spdlog/spdlog.h>

namespace pilotlight::pool {

/// No descriptors or memory for one more instance. Where it would be the only one, the start has failed.
void model::no_instance(std::string const& why)
{
  spdlog::error("model {}: no new instance: {}", spec_.key, why);
  if (!starting_ || !instances_.empty()) return;
  no_instance_ = "no instance can be made: " + why;
  zygote_.kill();
}

instance* model::add_instance(std::string sequence_id)
{
  if (!zygote_) {
    if (decide::refuses(breaker_, clock::now())) return nullptr;
    start_zygote();
    if (!zygote_) return nullptr;
  }
  if (!arena_)
    if (auto made = channel::request_arena::make(around_.config.hold.max_bytes)) arena_ = std::move(*made);
  auto channel = channel::instance_channel::make(around_.config.worker.reply_arena);
  auto owned = std::make_unique<instance>();
  auto& added = *owned;
  auto events = execute::child_events();
  events.on_message = [this, &added](message const& body) { on_instance_message(added, body); };
  events.on_exit = [this, &added](execute::exit_status how) { on_instance_exit(added, how); };
  auto made = around_.tree.adopt(std::move(events));
  if (!channel || !made || !arena_) {
    no_instance(!channel ? channel.error().sentence : !made ? made.error().sentence : "no memory for its requests");
    return nullptr;
  }
  added.number = next_number();
  added.name = spec_.key + "/" + std::to_string(added.number);
  added.channel = std::move(*channel);
  added.process = std::move(made->process);
  added.created = clock::now();
  added.sequence = std::move(sequence_id);
  added.threads = around_.fleet.threads_for(*this);
  instances_.push_back(std::move(owned));
  around_.fleet.work_came();
  // An instance that nobody waits for warms itself before it says that it is ready; else what waits is the warm-up.
  // The zygote's own warm-up is shared with its forks, but not all of it: buffers and threads are each process's own.
  auto const unwarmed = !limits_->warmup || warmup_refused_ || !waiting_.empty() || !added.sequence.empty();
  auto const rounds = unwarmed ? 0 : warming_ ? 2 : 1;
  // Both orders wait in their sockets until the process that reads them exists. A zygote that has died meanwhile takes
  // the peer's end with it, and on_instance_exit follows.
  auto const forked =
      zygote_.send(fork_instance{added.name, added.threads, around_.config.worker.spin, rounds, batching_order()},
                   {made->peer.get()});
  if (forked)
    (void)added.process.send(attach{arena_->size()}, {added.channel->segment_fd(), arena_->fd(),
                                                      added.channel->worker_bell_fd(), around_.proxy_bell.fd()});
  return &added;
}

int model::next_number() const
{
  auto number = 1;
  while (std::any_of(instances_.begin(), instances_.end(), [&](auto const& each) { return each->number == number; }))
    ++number;
  return number;
}

void model::on_instance_message(instance& which, message const& body)
{
  if (auto const* lost = std::get_if<failed>(&body)) which.failed_reason = lost->reason;
  if (auto const* said = std::get_if<notice>(&body))
    spdlog::warn("model {}: instance {}: {}", spec_.key, which.number, said->text);
  if (!std::holds_alternative<ready>(body) || which.state != instance_state::starting) return;
  which.state = decide::next(which.state, decide::instance_event::serves);
  auto const took = clock::now() - which.created;
  last_instance_start_ = took;
  around_.fleet.instances_changed();
  spdlog::info("model {}: instance {} ready after {:.1f} ms, pid {}", spec_.key, which.number,
               std::chrono::duration<double, std::milli>(took).count(), which.process.pid());
  if (starting_) became_ready();
  drain_replaced();
  pump();
  check_idle_unless_busy();
}

void model::on_instance_exit(instance& which, execute::exit_status how)
{
  auto& death = which.death;
  death.signal = how.known ? how.signal : SIGKILL;
  death.exit_code = how.code;
  if (how.known && how.signal == SIGKILL && !death.ordered) death.out_of_memory = around_.fleet.out_of_memory_kill();
  while (auto const done = which.channel->take())
    take(which, *done);
  auto const was_starting = which.state == instance_state::starting;
  if (!death.ordered)
    spdlog::warn("model {}: instance {}: {}", spec_.key, which.number,
                 which.failed_reason.empty() ? decide::cause(death, limits_->execution_timeout.count())
                                             : which.failed_reason);
  // An end before the first answer counts against the model; one that only died with its zygote does not, nor one that
  // is laid to a request: it will be told by its second try whether the request or the model is at fault. So does one
  // that was never made, where its zygote said why; a zygote that hangs is replaced instead.
  auto const never_made = !how.known && !which.failed_reason.empty() && !which.stalled;
  auto const unproven = !stopping_ && !death.ordered && which.served == 0 &&
                        (how.known ? was_starting || decide::own_fault(death) : never_made);
  auto const laid_to_request = judge_inside(which);
  if (unproven && !laid_to_request)
    start_went_wrong(which.stalled           ? decide::start_failure::stalled
                     : how.signal == SIGKILL ? decide::start_failure::killed
                                             : decide::start_failure::crashed,
                     which.failed_reason.empty() ? decide::cause(death, limits_->execution_timeout.count())
                                                 : which.failed_reason);
  if (!which.sequence.empty()) lose_sequence(which.sequence, decide::cause(death, limits_->execution_timeout.count()));
  tell_gone(which);
  std::erase_if(instances_, [&](auto const& each) { return each.get() == &which; });
  around_.fleet.instances_changed();
  if (!stopping_ && decide::refuses(breaker_, clock::now()) && instances_.empty() && zygote_) {
    // It dies on every start: end the rest too, fail what waits, try again later.
    starting_ = true;
    zygote_.kill();
    return;
  }
  if (!stopping_) {
    replenish();
    pump();
  }
  after_exit();
}

} // namespace pilotlight::pool
