// Load that goes on while a test changes something, and what the proxy says that it has decided. Owns threads and
// their connections.
#pragma once
#include "tests/process/proxy_process.hpp"

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace proxy_tests {

/// Asks a model over so many connections until told to stop; counts what went wrong.
class steady_load
{
public:
  steady_load(proxy_process const& proxy, int connections, std::string const& model = "mlp",
              std::string const& body = mlp_body());
  ~steady_load() { stop(); }
  steady_load(steady_load const&) = delete;
  steady_load& operator=(steady_load const&) = delete;

  void stop();
  int asked() const { return asked_; }
  int failed() const { return failed_; }
  /// Waits until so many more have been asked.
  bool more(int count) const;

private:
  std::atomic<bool> over_ = false;
  std::atomic<int> asked_ = 0, failed_ = 0;
  std::vector<std::thread> threads_;
};

/// GET /v1/decisions of that model, oldest first.
boost::json::array decisions(proxy_process const& proxy, std::string const& model);
/// The first of them with that action whose reason holds these words.
std::optional<boost::json::object> decided(proxy_process const& proxy, std::string const& model,
                                           std::string_view action, std::string_view words = {});
/// Requests that each instance has answered, by its number - 1.
std::vector<int> served(proxy_process const& proxy, std::string const& model);
/// The first sample of that name, with its labels if it has any, in GET /metrics; -1: none.
double metric(proxy_process const& proxy, std::string_view name);

} // namespace proxy_tests
