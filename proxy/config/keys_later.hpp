// Which keys are accepted while nothing obeys them? Pure.
#pragma once
#include "proxy/config/key_limits.hpp"
#include "proxy/config/stored.hpp"

namespace pilotlight::config {
namespace table {

// clang-format off: a table reads by its columns
inline constexpr key later_keys[] = {
    {"autoscaling.alerts.enabled", boolean, anything, "false", accepted, proxy, now, nowhere,
     "Tell people when something needs them."},
    {"autoscaling.alerts.channels.type", text, not_empty, R"("webhook")", accepted, repeated, now, nowhere,
     "What kind of channel this is."},
    {"autoscaling.alerts.channels.webhook_url", text, anything, R"("")", accepted, repeated, now, nowhere,
     "Where a webhook posts to."},
    {"autoscaling.alerts.channels.smtp_server", text, anything, R"("")", accepted, repeated, now, nowhere,
     "Mail server, host:port."},
    {"autoscaling.alerts.channels.recipients", texts, anything, "[]", accepted, repeated, now, nowhere,
     "Who gets the mail."},
    {"autoscaling.alerts.channels.severity_levels", texts, anything, "[]", accepted, repeated, now, nowhere,
     "Severities that this channel is told of."},

    {"security", section, anything, "{}", accepted, proxy, now, nowhere,
     "Keys and quotas of clients, sandboxing of workers. Nothing in this section protects anything yet."},
    {"cluster", section, anything, "{}", accepted, proxy, now, nowhere, "Several nodes that act as one."},
};
// clang-format on

} // namespace table
} // namespace pilotlight::config
