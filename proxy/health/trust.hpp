// May a model whose canary failed still serve, and how does it come back? A state machine, one per model. Pure; one
// visible table, in trust.cpp.
//
//   trusted --wrong--> reloading --reloaded--> on_trial --right--> trusted
//                                                 |  ^
//                                               wrong |
//                                                 v   | reloaded (by a person, or a new model file)
//                                               out_of_service
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pilotlight::health {

enum class trust : std::uint8_t
{
  trusted,        ///< serves
  reloading,      ///< its processes, the model zygote too, make room for freshly loaded ones; requests are held
  on_trial,       ///< freshly loaded; the canary is asked first, requests are held until it is answered
  out_of_service, ///< wrong again after the reload: requests are refused until it is loaded anew
};
inline constexpr std::size_t trusts = 4;

enum class evidence : std::uint8_t
{
  right,    ///< a canary was answered rightly (or the golden answer was recorded)
  wrong,    ///< a functional finding failed
  reloaded, ///< the first instance of a new load is ready: after the reload asked for, POST .../load, a new model file
  untested, ///< in place of an answer: this load has no canary (any more)
};
inline constexpr std::size_t evidences = 4;

enum class trust_action : std::uint8_t
{
  none,
  reload,   ///< quality alert, and load the model anew. Processes come back only if somebody waits or a floor asks: at
            ///< zero it stays `reloading` until the next start
  ask,      ///< ask the canary at once
  readmit,  ///< let the held requests go; it is well again
  take_out, ///< critical quality alert; refuse requests, those that are held too
};

struct trust_step
{
  trust to;
  trust_action what;
  bool operator==(trust_step const&) const = default;
};

/// The cell of the table.
trust_step next(trust at, evidence seen);

constexpr std::string_view to_string(trust which)
{
  constexpr std::string_view names[] = {"trusted", "reloading", "on_trial", "out_of_service"};
  return names[static_cast<std::size_t>(which)];
}

} // namespace pilotlight::health
