// Where in the settings does the value of a key stand? Makes the store and load functions of the table of keys. Pure.
#pragma once
#include "proxy/config/key.hpp"

#include <cmath>

namespace pilotlight::config {

// clang-format off: one line each shows what they share
inline void assign(bool& field, value const& read)
{
  field = std::get<bool>(read);
}
inline void assign(int& field, value const& read)
{
  field = static_cast<int>(std::get<std::int64_t>(read));
}
inline void assign(std::size_t& field, value const& read)
{
  field = static_cast<std::size_t>(std::get<std::int64_t>(read));
}
inline void assign(double& field, value const& read)
{
  field = std::get<double>(read);
}
inline void assign(std::string& field, value const& read)
{
  field = std::get<std::string>(read);
}
inline void assign(endpoint& field, value const& read)
{
  field = std::get<endpoint>(read);
}
inline void assign(std::vector<std::string>& field, value const& read)
{
  field = std::get<std::vector<std::string>>(read);
}
inline void assign(std::vector<double>& field, value const& read)
{
  field = std::get<std::vector<double>>(read);
}
// clang-format on

/// Seconds to a duration. Upwards: a tiny one must not become 0, which may mean "none".
template <class Period>
void assign(std::chrono::duration<std::int64_t, Period>& field, value const& read)
{
  constexpr auto a_second = static_cast<double>(Period::den) / static_cast<double>(Period::num);
  field = std::chrono::duration<std::int64_t, Period>(
      static_cast<std::int64_t>(std::ceil(std::get<double>(read) * a_second - 1e-6)));
}

inline void assign(decide::rung& field, value const& read)
{
  for (std::size_t i = 0; i < decide::rungs; ++i)
    if (auto const one = static_cast<decide::rung>(i); to_string(one) == std::get<std::string>(read)) field = one;
}

inline void assign(predict::aim& field, value const& read)
{
  for (auto const one : predict::aims)
    if (to_string(one) == std::get<std::string>(read)) field = one;
}

template <class Field>
value to_value(Field const& field)
{
  if constexpr (std::is_same_v<Field, int> || std::is_same_v<Field, std::size_t>)
    return static_cast<std::int64_t>(field);
  else if constexpr (std::is_same_v<Field, decide::rung> || std::is_same_v<Field, predict::aim>)
    return std::string(to_string(field));
  else
    return field;
}

template <class Period>
value to_value(std::chrono::duration<std::int64_t, Period> const& field)
{
  return std::chrono::duration<double>(field).count();
}

template <auto... Members>
void store(settings& target, value const& read, std::size_t /*item*/)
{
  assign((target.*....*Members), read);
}

template <auto... Members>
value load(settings const& source, std::size_t /*item*/)
{
  return to_value((source.*....*Members));
}

/// settings.<first>.<second>...
template <auto... Members>
inline constexpr field at{&store<Members...>, &load<Members...>};

inline void store_autoscaling(settings& target, value const& read, std::size_t /*item*/)
{
  assign(target.autoscaling, read);
  assign(target.limits.autoscaling, read);
}
inline void store_strategy(settings& target, value const& read, std::size_t /*item*/)
{
  assign(target.load_balancing_strategy, read);
  assign(target.limits.load_balancing_strategy, read);
}

/// These two stand twice: for the node, and as the default of each model.
inline constexpr field autoscaling_enabled{&store_autoscaling, &load<&settings::limits, &model_limits::autoscaling>};
inline constexpr field strategy{&store_strategy, &load<&settings::limits, &model_limits::load_balancing_strategy>};

/// settings.schedules[item].<member>
template <auto Member>
inline constexpr field of_schedule{
    [](settings& target, value const& read, std::size_t item) { assign(target.schedules[item].*Member, read); },
    [](settings const& source, std::size_t item) -> value { return to_value(source.schedules[item].*Member); }};

/// settings.balancing.zones[item].<member>
template <auto Member>
inline constexpr field of_zone{
    [](settings& target, value const& read, std::size_t item) { assign(target.balancing.zones[item].*Member, read); },
    [](settings const& source, std::size_t item) -> value { return to_value(source.balancing.zones[item].*Member); }};

inline constexpr field nowhere{};

} // namespace pilotlight::config
