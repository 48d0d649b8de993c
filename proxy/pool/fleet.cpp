#include "proxy/pool/fleet.hpp"

#include "proxy/collect/oom_kills.hpp"
#include "proxy/decide/room.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

namespace pilotlight::pool {
namespace {

/// How exact deadlines are. Nothing runs while nothing is inside.
constexpr auto sweep_interval = std::chrono::milliseconds(10);

} // namespace

fleet::fleet(boost::asio::io_context& io, boost::asio::thread_pool& background, settings const& config,
             execute::process_tree& tree, execute::zygote& zygote, doorbell const& proxy_bell)
    : io_(io), config_(config), zygote_(zygote),
      around_{io, background, config, requests_, tree, zygote, wall_, zones_, proxy_bell, *this}, sweep_timer_(io),
      oom_kills_(collect::oom_kills())
{
  configure();
}

void fleet::configure()
{
  auto rules = std::vector<balance::zone_rule>();
  for (auto const& zone : config_.balancing.zones)
    rules.push_back({zone.name, zone.cidrs});
  auto read = balance::zone_table::read(rules);
  if (!read) return spdlog::error("balancing.zones: {}", read.error().sentence); // checked with the configuration
  auto const others = !zones_.same_ids(*read);
  zones_ = std::move(*read);
  if (others)
    for (auto* each : all())
      each->zones_changed();
}

void fleet::add(model_spec spec)
{
  auto& versions = models_[spec.name];
  auto const number = std::stoull(spec.version);
  auto const place = std::find_if(versions.begin(), versions.end(),
                                  [&](auto const& each) { return std::stoull(each->spec().version) > number; });
  versions.insert(place, std::make_unique<model>(std::move(spec), around_, next_index_++));
}

void fleet::follow_clock()
{
  using std::chrono::duration;
  auto const truth = std::chrono::time_point_cast<decide::duration>(std::chrono::system_clock::now());
  auto const off = duration<double>(wall_.follow(clock::now(), truth)).count();
  if (off > 0) spdlog::warn("the system's clock has gone ahead by {:.1f} s: schedules and forecasts follow", off);
  if (off < 0)
    spdlog::warn("the system's clock was set back by {:.1f} s: schedules and forecasts wait for it, an eighth slower",
                 -off);
}

result<model*> fleet::find(std::string_view name, std::string_view version)
{
  auto const found = models_.find(name);
  if (found == models_.end())
    return failure{fault::not_found, "no model '" + std::string(name) + "' in the repository"};
  auto const& versions = found->second;
  if (version.empty()) return versions.back().get();
  for (auto const& each : versions)
    if (each->spec().version == version) return each.get();
  auto there = std::string();
  for (auto const& each : versions)
    there += (there.empty() ? "" : ", ") + each->spec().version;
  return failure{fault::not_found,
                 "model '" + std::string(name) + "' has no version '" + std::string(version) + "', only " + there};
}

std::vector<model*> fleet::versions(std::string_view name)
{
  auto result = std::vector<model*>();
  if (auto const found = models_.find(name); found != models_.end())
    for (auto const& each : found->second)
      result.push_back(each.get());
  return result;
}

std::vector<model*> fleet::all()
{
  auto result = std::vector<model*>();
  for (auto const& [name, versions] : models_)
    for (auto const& each : versions)
      result.push_back(each.get());
  return result;
}

bool fleet::turn()
{
  auto any = false;
  for (auto* each : loaded_)
    each->ring();
  // By index: what a completion sets off may load another model.
  for (std::size_t i = 0; i < loaded_.size(); ++i) // NOLINT(modernize-loop-convert)
    any = loaded_[i]->drain() || any;
  // Resumed here, with no loop over models or instances on the stack: a connection may at once send its next request.
  while (!answered_.empty()) {
    any = true;
    waking_.swap(answered_);
    for (auto const id : waking_)
      if (auto* request = requests_.find(id)) request->done.wake();
    waking_.clear();
  }
  for (auto* each : loaded_)
    each->ring();
  return any;
}

bool fleet::prepare_sleep()
{
  if (!answered_.empty()) return false;
  for (auto* each : loaded_)
    if (!each->prepare_sleep()) return false;
  return true;
}

void fleet::woken()
{
  for (auto* each : loaded_)
    each->woken();
}

std::size_t fleet::inside() const
{
  auto count = std::size_t{0};
  for (auto const& [name, versions] : models_)
    for (auto const& each : versions)
      count += each->awaited();
  return count;
}

void fleet::start_wanted(model& which)
{
  if (std::find(waiting_.begin(), waiting_.end(), &which) == waiting_.end()) waiting_.push_back(&which);
  work_came();
  // At once: a cold start must not wait for a turn. With others before it in line, the plan decides.
  plan();
}

void fleet::became_idle(model&)
{
  if (!waiting_.empty()) plan_soon();
}

void fleet::started(model&)
{
  if (!waiting_.empty()) plan_soon();
}

void fleet::keep_zygote(bool wanted)
{
  if (std::exchange(zygote_wanted_, wanted) == wanted) return;
  zygote_.keep(wanted || !loaded_.empty());
  if (wanted) {
    if (auto const there = zygote_.ensure(); !there) spdlog::error("{}", there.error().sentence);
  } else if (loaded_.empty() && waiting_.empty()) {
    zygote_.stop();
  }
}

void fleet::queue_grew(model& which)
{
  if (scaling_) scaling_->queue_grew(which);
}

void fleet::idle_delay_over(model& which)
{
  if (scaling_) scaling_->idle_delay_over(which);
}

int fleet::threads_for(model const& which)
{
  return scaling_ ? scaling_->threads_for(which) : 0;
}

std::string fleet::refuses_start(model const& which)
{
  return scaling_ ? scaling_->refuses_start(which) : std::string();
}

void fleet::instances_changed()
{
  if (scaling_) scaling_->instances_changed();
}

void fleet::acted(model const& which, decide::action what)
{
  if (scaling_) scaling_->acted(which, std::move(what));
}

void fleet::spec_changed()
{
  if (scaling_) scaling_->spec_changed();
}

void fleet::file_changed(model& which)
{
  if (on_new_file_) on_new_file_(which);
}

void fleet::place_freed(model& which)
{
  std::erase(loaded_, &which);
  // A model that is wanted again at once (requests came while its memory was given back) needs the zygote itself.
  if (loaded_.empty() && waiting_.empty() && which.waiting() == 0 && !zygote_wanted_) {
    zygote_.stop();
    spdlog::info("every worker process has ended");
  }
  if (!waiting_.empty()) plan_soon();
}

void fleet::plan_soon()
{
  if (std::exchange(planning_, true)) return;
  boost::asio::post(io_, [this] {
    planning_ = false;
    plan();
  });
}

void fleet::plan()
{
  std::erase_if(waiting_, [](auto const* each) { return each->state() != decide::model_state::cold_start; });
  if (waiting_.empty() || !scaling_) return;
  auto concerned = std::map<decide::model_index, model*>();
  for (auto* each : loaded_)
    concerned[each->index()] = each;
  for (auto* each : waiting_)
    concerned[each->index()] = each;
  auto const plan = scaling_->plan_starts(loaded_, waiting_);
  for (auto const& [victim, in_favour_of] : plan.evict)
    concerned.at(victim)->to_zero("model '" + concerned.at(in_favour_of)->spec().name + "' needs its place");
  for (auto const& each : plan.refused)
    concerned.at(each.model)->waits_for(each.lacking);
  for (auto const chosen : plan.start) {
    auto* const which = concerned.at(chosen);
    std::erase(waiting_, which);
    loaded_.push_back(which);
    zygote_.keep(true);
    which->begin();
  }
}

void fleet::work_came()
{
  if (std::exchange(sweeping_, true)) return;
  sweep_timer_.expires_after(sweep_interval);
  sweep_timer_.async_wait([this](boost::system::error_code error) {
    sweeping_ = false;
    if (!error) sweep();
  });
}

void fleet::sweep()
{
  auto const now = clock::now();
  auto more = false;
  for (auto const& [name, versions] : models_)
    for (auto const& each : versions)
      if (each->needs_sweep()) {
        each->sweep(now);
        more = true;
      }
  if (more) work_came();
}

bool fleet::out_of_memory_kill()
{
  auto const now = collect::oom_kills();
  return std::exchange(oom_kills_, now) < now;
}

} // namespace pilotlight::pool
