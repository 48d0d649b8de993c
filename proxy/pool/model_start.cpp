// The start of one model: its file, its unpacking, its zygote, until the first instance stands; and the zygote's end.
#include "proxy/decide/figures.hpp"
#include "proxy/pool/model.hpp"
#include "proxy/repository/checksum.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace pilotlight::pool {

using decide::model_event;

namespace {

decide::death ended_by(execute::exit_status how)
{
  auto death = decide::death();
  death.signal = how.signal;
  death.exit_code = how.code;
  return death;
}

} // namespace

void model::waits_for(std::string room)
{
  if (waits_for_ != room) spdlog::warn("model {}: cannot start yet: {}", spec_.key, room);
  waits_for_ = std::move(room);
}

void model::begin()
{
  begun_ = starting_ = true;
  stopping_ = false;
  waits_for_.clear();
  start_ = {};
  start_.begun = clock::now();
  settled_after_ = statistics_.success.count + settling_requests;
  ++starts_;
  awaited_start_ = false;
  if (!waiting_.empty()) {
    count_cold_start();
    tell_scaled(std::max(1, wanted_), decide::that_wait(waiting_.size()) + " and no instance is there");
  }
  spdlog::info("model {}: starting, {} held", spec_.key, waiting_.size());
  look_at_file();
  auto unreadable = std::error_code(); // then unpacking says why
  if (spec_.format == model_format::aotinductor && !std::filesystem::exists(spec_.load_path, unreadable))
    return unpack();
  start_processes();
}

/// Whoever replaces the file may forget to say `load`: what is loaded from now on is another model. True: it is.
bool model::look_at_file()
{
  auto now = checksum(spec_.path);
  if (!now || *now == spec_.checksum) return false; // one that is missing fails the start
  spdlog::info("model {}: '{}' is another file than before", spec_.key, spec_.path);
  spec_.checksum = std::move(*now);
  around_.fleet.file_changed(*this);
  return true;
}

/// The kernel reads the file while LibTorch initialises: the two waits become one. By pieces, for it takes no more at
/// once than the device's read_ahead_kb (128 where nobody has changed it).
void model::read_ahead() const
{
  boost::asio::post(around_.background, [path = spec_.path] {
    constexpr auto piece = off_t{128} << 10;
    auto const file = unique_fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    auto const end = file ? ::lseek(file.get(), 0, SEEK_END) : 0;
    for (auto at = off_t{0}; at < end; at += piece)
      ::posix_fadvise(file.get(), at, piece, POSIX_FADV_WILLNEED);
  });
}

void model::start_processes()
{
  if (!around_.zygote.running()) read_ahead();
  start_zygote();
  if (sequenced())
    pump_sequences();
  else
    replenish();
}

/// A .pt2 is unpacked once, into the cache, by a process of its own: the loader's own temporary copy would be left
/// behind by a kill and made again by every process.
void model::unpack()
{
  auto const ended = [this](execute::exit_status how) {
    unpacking_ = 0;
    auto const late = std::exchange(stalled_, false);
    if (how.signal == 0 && how.code == 0 && !stopping_) return start_processes();
    if (!stopping_)
      start_went_wrong(late ? decide::start_failure::stalled : decide::start_failure::bad_model,
                       "'" + spec_.path + "' could not be unpacked into '" + spec_.load_path + "'" +
                           (late ? " within start_timeout" : " (see the log)"));
    after_exit();
  };
  auto const tool = around_.tree.spawn_tool({"--unpack", spec_.path, spec_.load_path}, -1, -1, ended);
  if (tool) {
    unpacking_ = *tool;
    zygote_begun_ = clock::now();
    return around_.fleet.work_came();
  }
  start_went_wrong(decide::start_failure::bad_model, tool.error().sentence);
  boost::asio::post(around_.io, [this] { after_exit(); });
}

fork_model model::load_order() const
{
  auto order = fork_model();
  order.key = spec_.key;
  order.path = spec_.load_path.empty() ? spec_.path : spec_.load_path;
  order.format = spec_.format == model_format::torchscript ? "torchscript" : "aotinductor";
  for (auto const& input : spec_.toml.inputs)
    order.inputs.push_back(input.name);
  for (auto const& output : spec_.toml.outputs)
    order.outputs.push_back(output.name);
  order.constants = spec_.toml.constants;
  order.restore_state = spec_.toml.state == state_mode::restore;
  order.warmup = limits_->warmup && !warmup_refused_;
  order.warmups = spec_.toml.warmups.empty() ? seen_shapes_ : spec_.toml.warmups;
  order.threads = limits_->threads;
  order.device = limits_->device;
  order.batch = batching_order();
  return order;
}

batching model::batching_order() const
{
  using std::chrono::microseconds;
  auto how = batching();
  how.max_size = limits_->max_batch_size;
  how.delay_max_us = microseconds(limits_->batch_delay_max).count();
  how.latency_target_us = microseconds(limits_->batch_latency_target).count();
  how.dimension = spec_.toml.batch_dimension;
  auto const own = [](std::vector<tensor_spec> const& tensors, std::vector<tensor_dimension>& into) {
    for (auto const& each : tensors)
      if (each.batch_dimension >= 0) into.push_back({each.name, each.batch_dimension});
  };
  own(spec_.toml.inputs, how.inputs);
  own(spec_.toml.outputs, how.outputs);
  return how;
}

void model::start_zygote()
{
  zygote_loaded_ = stalled_ = false;
  zygote_failed_.clear();
  zygote_begun_ = clock::now();
  around_.fleet.work_came();
  auto events = execute::child_events();
  events.on_message = [this](message const& body) { on_zygote_message(body); };
  events.on_exit = [this](execute::exit_status how) { on_zygote_exit(how); };
  auto made = around_.tree.adopt(std::move(events));
  if (made) {
    zygote_ = std::move(made->process);
    auto const order = load_order();
    warming_ = order.warmup;
    auto const sent = around_.zygote.fork(order, std::move(made->peer));
    if (sent) return;
    zygote_failed_ = sent.error().sentence;
    return; // the peer's end is closed by now: on_zygote_exit follows
  }
  start_went_wrong(decide::start_failure::bad_model, made.error().sentence);
  boost::asio::post(around_.io, [this] { after_exit(); });
}

void model::on_zygote_message(message const& body)
{
  if (std::holds_alternative<hello>(body)) {
    if (starting_) start_.spawned = clock::now();
  } else if (std::holds_alternative<ready>(body)) {
    zygote_loaded_ = true;
    if (starting_) start_.loaded = clock::now();
    auto const rests = wanted_ == 0 || (sequenced() && instances_.empty()); // one of sequences has none until they come
    if (starting_ && rests && no_instance_.empty()) became_ready();
  } else if (auto const* done = std::get_if<warmed>(&body)) {
    if (!done->error.empty()) spdlog::warn("model {}: warm-up: {}", spec_.key, done->error);
    zygote_warmed_ = true;
    warming_ = false;
    died_warming_ = 0;
    apply(model_event::warmed);
    check_idle_unless_busy();
  } else if (auto const* said = std::get_if<notice>(&body)) {
    spdlog::warn("model {}: {}", spec_.key, said->text);
  } else if (auto const* lost = std::get_if<failed>(&body)) {
    zygote_failed_ = lost->reason;
  }
}

void model::on_zygote_exit(execute::exit_status how)
{
  auto const loaded = std::exchange(zygote_loaded_, false);
  zygote_ = {};
  if (stopping_) return after_exit();
  auto const no_instance = std::exchange(no_instance_, {});
  auto const killed = how.known ? how.signal == SIGKILL : around_.zygote.last_fault().empty();
  if (!no_instance.empty()) {
    start_went_wrong(decide::start_failure::bad_model, no_instance);
  } else if (loaded) {
    spdlog::warn("model {}: its zygote ended (signal {}, code {}) {}", spec_.key, how.signal, how.code, zygote_failed_);
    // What it says after it had loaded is that its warm-up left it unfit to fork. One that dies while it warms up may
    // have been killed by chance, once.
    if (!zygote_failed_.empty() || (warming_ && ++died_warming_ >= 2)) {
      if (!std::exchange(warmup_refused_, true))
        spdlog::warn("model {}: starts without a warm-up from now on, until it is loaded anew", spec_.key);
    }
  } else if (stalled_) {
    start_went_wrong(decide::start_failure::stalled, "not ready within start_timeout");
  } else if (!zygote_failed_.empty()) {
    start_went_wrong(decide::start_failure::bad_model, zygote_failed_);
  } else if (killed) {
    start_went_wrong(decide::start_failure::killed, "its zygote was killed while it started");
  } else {
    start_went_wrong(decide::start_failure::crashed,
                     how.known ? "loading it: " + decide::cause(ended_by(how), 0) : around_.zygote.last_fault());
  }
  stalled_ = false;
  if (!std::exchange(zygote_warmed_, true)) apply(model_event::warmed);
  if (instances_.empty()) return after_exit();
  // Ahead of need: the next instance should cost a fork, not a load.
  if (decide::refuses(breaker_, clock::now())) return;
  // A .pt2 is loaded from the copy that was unpacked.
  auto const other = spec_.format == model_format::torchscript && look_at_file();
  start_zygote();
  if (!other || sequenced()) return; // a sequence ends where it has begun
  // What the old file has made serves until its successors are there.
  for (auto const& each : instances_)
    each->replaced = true;
  make_successors();
}

/// It is loaded but does not fork: it was stopped, or its warm-up never ends; then the next one does not warm up.
void model::replace_zygote()
{
  if (warming_) zygote_failed_ = "its warm-up has not ended within start_timeout";
  zygote_.kill();
}

/// Whatever it was started for stands: an instance, or the model zygote alone.
void model::became_ready()
{
  starting_ = false;
  start_.ready = clock::now();
  if (wanted_ != 0) start_measured_ = start_.total();
  apply(model_event::started);
  if (zygote_warmed_ || !limits_->warmup) apply(model_event::warmed);
  around_.fleet.started(*this);
  check_idle_unless_busy();
}

} // namespace pilotlight::pool
