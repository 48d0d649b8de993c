#include "proxy/control/cores.hpp"

#include "shared/cpu_quota.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <sched.h>
#include <spdlog/spdlog.h>

namespace pilotlight::control {
namespace {

std::vector<int> own_cpus()
{
  auto set = cpu_set_t();
  CPU_ZERO(&set);
  auto found = std::vector<int>();
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return found;
  for (auto i = 0; i < CPU_SETSIZE; ++i)
    if (CPU_ISSET(i, &set)) found.push_back(i);
  return found;
}

decide::resource_claim claim_of(pool::model const& which)
{
  return {which.spec().toml.limits.priority, which.spec().toml.limits.threads};
}

/// All threads that the process has; later ones inherit it.
void pin(pid_t pid, std::vector<int> const& cpus)
{
  auto set = cpu_set_t();
  CPU_ZERO(&set);
  for (auto const each : cpus)
    CPU_SET(each, &set);
  auto error = std::error_code();
  for (auto const& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", error)) {
    auto const name = task.path().filename().string();
    auto thread = pid_t{0};
    std::from_chars(name.data(), name.data() + name.size(), thread);
    if (thread > 0 && ::sched_setaffinity(thread, sizeof set, &set) != 0 && errno != ESRCH)
      return spdlog::warn("autoscaling.resources.pin_cpus: process {}: {}", pid, std::strerror(errno));
  }
}

} // namespace

cores::cores(settings const& config) : config_(config), cpus_(own_cpus())
{
  configure();
}

void cores::configure()
{
  node_.cpus = cpus_;
  node_.cores = usable_cpus();
  if (config_.resources.cores > 0) node_.cores = std::min(node_.cores, config_.resources.cores);
}

std::vector<decide::resource_claim> cores::claims(pool::fleet& models)
{
  auto all = std::vector<decide::resource_claim>();
  for (auto const* model : models.all())
    for (std::size_t i = 0; i < model->instances().size(); ++i)
      all.push_back(claim_of(*model));
  return all;
}

int cores::threads_for(pool::fleet& models, pool::model const& which) const
{
  auto all = claims(models);
  all.push_back(claim_of(which));
  return decide::arbitrate(node_, all).back().threads;
}

int cores::next_threads(pool::model const& which) const
{
  auto const whole = std::max(1, static_cast<int>(node_.cores));
  if (auto const configured = which.spec().toml.limits.threads; configured > 0) return std::min(configured, whole);
  return std::max(1, static_cast<int>(node_.cores) / static_cast<int>(instances_ + 1));
}

void cores::share(pool::fleet& models)
{
  auto const all = claims(models);
  auto const grants = decide::arbitrate(node_, all);
  instances_ = all.size();
  auto grant = grants.begin(); // one for each claim, in their order
  for (auto const* model : models.all())
    for (auto const& each : model->instances()) {
      auto const& given = *grant++;
      if (each->state == pool::instance_state::stopping || each->process.pid() <= 0) continue;
      if (given.threads != each->threads && each->channel->adjust(given.threads, false)) each->threads = given.threads;
      if (config_.resources.pin_cpus && !given.cpus.empty())
        pin(each->process.pid(), given.cpus);
      else if (pinned_)
        pin(each->process.pid(), cpus_);
    }
  pinned_ = config_.resources.pin_cpus;
}

} // namespace pilotlight::control
