#include "proxy/health/reaction.hpp"

#include <algorithm>

namespace pilotlight::health {
namespace {

enum class response : std::uint8_t
{
  none,
  restore, ///< full share
  spare,   ///< less traffic, and optimise
  relieve, ///< less traffic: it comes from worse
  retire,  ///< out of the pool, replaced
  restart, ///< out of the pool at once
};

using enum response;

/// Who is out already stays out when it gets a little better: its successor is on the way.
constexpr response responses[levels][levels] = {
    // to: healthy, degraded, unhealthy, critical
    {none, spare, retire, restart},    // from healthy
    {restore, none, retire, restart},  // from degraded
    {restore, relieve, none, restart}, // from unhealthy
    {restore, relieve, none, none},    // from critical
};

std::string figures(level_change const& change)
{
  auto text = "score " + std::to_string(change.score) + ", " + std::string(to_string(change.from)) + " to " +
              std::string(to_string(change.to));
  return change.sentence.empty() ? text : change.sentence + " (" + text + ")";
}

std::string subject(instance_situation const& around)
{
  return "instance " + around.model + "/" + std::to_string(around.number);
}

alert instance_alert(severity how, std::string what, instance_situation const& around)
{
  return {how, "instance", around.model, subject(around) + " " + std::move(what), around.now};
}

void retire_instance(level_change const& change, instance_situation const& around, reaction& into)
{
  auto const why = figures(change);
  auto const stays = around.sequence || around.replaced_lately >= most_replacements;
  auto const alone = around.ready_elsewhere <= 0;
  into.actions.push_back({action_kind::share, around.number, alone ? least_share : 0.0, false, why});
  if (around.sequence) {
    into.alerts.push_back(instance_alert(severity::warning, "is unhealthy and stays for its sequence: " + why, around));
  } else if (stays) {
    into.alerts.push_back(instance_alert(severity::warning,
                                         "is unhealthy, and " + std::to_string(around.replaced_lately) +
                                             " replacements in ten minutes have not helped: " + why,
                                         around));
  } else {
    into.actions.push_back({around.room ? action_kind::replace : action_kind::restart, around.number, 0, false, why});
    into.alerts.push_back(instance_alert(severity::warning, "is unhealthy and is replaced: " + why, around));
  }
}

void restart_instance(level_change const& change, instance_situation const& around, reaction& into)
{
  auto const why = figures(change);
  auto const how = around.ready_elsewhere > 0 ? severity::warning : severity::critical;
  if (around.gone) {
    into.alerts.push_back(instance_alert(how, "is gone: " + why, around));
    return;
  }
  if (!around.certain) return retire_instance(change, around, into);
  into.actions.push_back({action_kind::share, around.number, 0, true, why});
  into.actions.push_back({action_kind::restart, around.number, 0, true, why});
  into.alerts.push_back(instance_alert(how, "is restarted: " + why, around));
}

} // namespace

double share_of(level at)
{
  constexpr double shares[levels] = {1, 0.5, 0, 0};
  return shares[static_cast<std::size_t>(at)];
}

reaction react_instance(level_change const& change, instance_situation const& around)
{
  auto into = reaction();
  if (around.model_reloads || around.out_of_service) return into;
  auto const share = action{action_kind::share, around.number, share_of(change.to), false, figures(change)};
  switch (responses[static_cast<std::size_t>(change.from)][static_cast<std::size_t>(change.to)]) {
  case none: break;
  case restore:
    into.actions.push_back(share);
    if (change.from >= level::unhealthy)
      into.alerts.push_back(instance_alert(severity::info, "is healthy again", around));
    break;
  case spare:
    into.actions.push_back(share);
    into.actions.push_back({action_kind::optimise, around.number, 1, false, share.reason});
    break;
  case relieve: into.actions.push_back(share); break;
  case retire: retire_instance(change, around, into); break;
  case response::restart: restart_instance(change, around, into); break;
  }
  auto const is_share = [](action const& each) { return each.what == action_kind::share; };
  if (around.again && std::all_of(into.actions.begin(), into.actions.end(), is_share)) into.alerts.clear();
  return into;
}

reaction react_model(level_change const& change, model_situation const& around)
{
  auto into = reaction();
  auto const tell = [&](severity how, std::string const& what) {
    into.alerts.push_back({how, "model", around.model, "model " + around.model + " " + what, around.now});
  };
  auto const why = figures(change);
  if (change.to == level::critical) {
    auto const helps = around.room && !around.cannot_start && !around.out_of_service;
    if (helps) into.actions.push_back({action_kind::emergency_scale, 0, 1, true, why});
    tell(severity::critical, std::string("is critical") +
                                 (helps                   ? ", one more instance is started: "
                                  : around.out_of_service ? " and out of service: "
                                  : around.cannot_start   ? " and cannot start: "
                                                          : " and there is no room for one more instance: ") +
                                 why);
  } else if (change.to == level::unhealthy && change.from < level::unhealthy) {
    tell(severity::warning, "is unhealthy: " + why);
  } else if (change.from >= level::unhealthy && change.to < level::unhealthy) {
    tell(severity::info, "is " + std::string(to_string(change.to)) + " again: " + why);
  }
  return into;
}

reaction react_service(level_change const& change, instant now)
{
  auto into = reaction();
  auto const tell = [&](severity how, std::string const& what) {
    into.alerts.push_back({how, "service", {}, "the service is " + what + ": " + figures(change), now});
  };
  if (change.to == level::critical)
    tell(severity::critical, "critical");
  else if (change.to > change.from)
    tell(severity::warning, std::string(to_string(change.to)));
  else
    tell(severity::info, std::string(to_string(change.to)) + " again");
  return into;
}

reaction react_trust(trust at, evidence seen, std::string_view model, std::string_view sentence, instant now)
{
  auto into = reaction();
  auto const name = std::string(model);
  auto const why = std::string(sentence);
  auto const tell = [&](severity how, std::string const& what) {
    into.alerts.push_back({how, "quality", name, "model " + name + " " + what, now});
  };
  switch (next(at, seen).what) {
  case trust_action::none: break;
  case trust_action::reload:
    into.actions.push_back({action_kind::reload, 0, 1, true, why});
    tell(severity::warning, "is loaded anew: " + why);
    break;
  case trust_action::ask:
    into.actions.push_back({action_kind::ask_canary, 0, 1, true, "freshly loaded, on trial"});
    break;
  case trust_action::readmit:
    into.actions.push_back(
        {action_kind::readmit, 0, 1, true,
         seen == evidence::right ? "its canary was answered rightly after the reload" : "this load has no canary"});
    tell(severity::info, "serves again after the reload");
    break;
  case trust_action::take_out:
    into.actions.push_back({action_kind::refuse_service, 0, 1, true, why});
    tell(severity::critical,
         "is out of service until it is loaded by hand, or a new file of it is taken up (SIGHUP), since its canary "
         "failed again after the reload: " +
             why);
    break;
  }
  return into;
}

} // namespace pilotlight::health
