// Which instance will answer this request first, by all that was learned of them? Pure.
#pragma once
#include "proxy/balance/balancer.hpp"
#include "proxy/balance/instance_forecast.hpp"
#include "proxy/balance/slots.hpp"

namespace pilotlight::balance {

/// The smallest expected latency per share of health (instance_forecast). It explores a little: an idle instance that
/// has answered nothing for long gets a request now and then, a cheap one, else one that was slow once would never be
/// heard of again. While nothing is learned: the least loaded.
///
/// Rings are short (decide/depth), so under load only slow instances have room, and whoever must choose one gives them
/// whatever comes. If it may wait, it leaves the first request in the queue when a full instance is expected to answer
/// it in much less time; the more wait behind it, the less, because all of them wait with it.
class predicted final : public balancer
{
public:
  explicit predicted(bool may_wait = false) : may_wait_(may_wait) {}

  std::optional<std::size_t> pick(std::span<candidate const> candidates, request const& asked) override;
  void told(event const& what) override;
  std::string_view name() const override { return "predicted"; }

private:
  std::optional<std::size_t> stale(std::span<candidate const> candidates, request const& asked, double kib,
                                   double best_ms);

  bool may_wait_;
  slots<instance_forecast> forecasts_;
  service_law pool_;   ///< learned of all together, for one that is new
  double mean_ms_ = 0; ///< service time of a request, smoothed
};

} // namespace pilotlight::balance
