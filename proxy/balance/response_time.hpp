// Which instance answers soonest, by how long its answers took of late? Pure.
#pragma once
#include "proxy/balance/balancer.hpp"
#include "proxy/balance/slots.hpp"

namespace pilotlight::balance {

/// Peak EWMA as in Finagle (twitter.com, finagle-core, PeakEwma): a moving average of latency that rises at once to a
/// peak and sinks slowly, times the requests inside. It sinks by time alone too, so that one which was slow is tried
/// again. One that has not answered anything yet is tried, then spared until it does.
class response_time final : public balancer
{
public:
  std::optional<std::size_t> pick(std::span<candidate const> candidates, request const& asked) override;
  void told(event const& what) override;
  std::string_view name() const override { return "response_time"; }

private:
  struct average
  {
    double cost = 0; ///< ns, as of `stamp`; 0: no answer yet
    moment stamp;
  };
  slots<average> averages_;
};

} // namespace pilotlight::balance
