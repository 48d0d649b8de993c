// What do the endpoints answer that run no inference: health, metadata, statistics, the repository, the admin port?
// Knows no socket. I/O thread only.
#pragma once
#include "proxy/collect/usage_sampler.hpp"
#include "proxy/http/exchange.hpp"
#include "proxy/http/models_json.hpp"
#include "proxy/pool/catalog.hpp"

#include <boost/json/value.hpp>

namespace pilotlight::http {

class control_api
{
public:
  control_api(boost::asio::io_context& io, settings const& config, pool::fleet& models, pool::catalog& catalog,
              execute::zygote& zygote);

  task<answer> handle(route::destination where, std::string body);

  /// True from SIGTERM on: no longer ready for new work.
  void drain() { draining_ = true; }
  /// For /v1/models: connections open now.
  void count_connections(std::function<std::size_t()> count) { connections_ = std::move(count); }
  /// For /v1/models: memory and CPU come from there from now on, read in the background; before, on this thread.
  void sample_with(collect::usage_sampler& sampler);

private:
  answer ready() const;
  answer model_answer(route::destination const& where) const;
  answer statistics(route::destination const& where) const;
  answer index(std::string const& body) const;
  answer unload(std::string const& name);
  answer scale(route::destination const& where, std::string const& body);
  answer health() const;
  answer metrics() const;
  task<answer> load(std::string name, std::string body);
  task<answer> models();
  task<bool> wait_until(std::function<bool()> reached, std::chrono::milliseconds patience);

  boost::asio::io_context& io_;
  settings const& config_;
  pool::fleet& models_;
  pool::catalog& catalog_;
  execute::zygote& zygote_;
  collect::usage_sampler* sampler_ = nullptr;
  usage_reader usage_ = [](pid_t pid) { return collect::process_usage{collect::read_pss(pid), 0, 0}; };
  std::function<std::size_t()> connections_ = [] { return std::size_t{0}; };
  clock::time_point started_ = clock::now();
  bool draining_ = false;
};

} // namespace pilotlight::http
