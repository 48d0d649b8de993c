#include "tests/process/proxy_load.hpp"

#include <algorithm>

namespace proxy_tests {

steady_load::steady_load(proxy_process const& proxy, int connections, std::string const& model, std::string const& body)
{
  auto const text = "POST /v2/models/" + model +
                    "/infer HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                    body;
  for (auto i = 0; i < connections; ++i)
    threads_.emplace_back([this, port = proxy.port(), text] {
      auto one = client(port);
      while (!over_) {
        auto const got = one.try_send(text) ? one.read() : reply();
        ++asked_;
        failed_ += got.status != 200;
        if (got.status == 0) break; // the proxy has gone, or hung up
      }
    });
}

void steady_load::stop()
{
  over_ = true;
  for (auto& each : threads_)
    if (each.joinable()) each.join();
}

bool steady_load::more(int count) const
{
  auto const until = asked_ + count;
  return eventually([&] { return asked_ >= until; });
}

boost::json::array decisions(proxy_process const& proxy, std::string const& model)
{
  return client(proxy.admin()).get("/v1/decisions?model=" + model).json().at("decisions").as_array();
}

std::optional<boost::json::object> decided(proxy_process const& proxy, std::string const& model,
                                           std::string_view action, std::string_view words)
{
  for (auto const& one : decisions(proxy, model))
    if (one.at("action") == boost::json::string_view(action.data(), action.size()) &&
        std::string_view(one.at("reason").as_string()).find(words) != std::string_view::npos)
      return one.as_object();
  return std::nullopt;
}

std::vector<int> served(proxy_process const& proxy, std::string const& model)
{
  auto counts = std::vector<int>();
  auto const seen = proxy.model(model);
  for (auto const& each : seen.at("instances").as_array()) {
    auto const name = std::string(each.at("name").as_string());
    auto const number = std::stoul(name.substr(name.rfind('/') + 1));
    counts.resize(std::max(counts.size(), number));
    counts[number - 1] = each.at("served").to_number<int>();
  }
  return counts;
}

double metric(proxy_process const& proxy, std::string_view name)
{
  auto const text = "\n" + client(proxy.admin()).get("/metrics").body;
  auto at = text.find("\n" + std::string(name) + " ");
  if (at == std::string::npos) at = text.find("\n" + std::string(name) + "{");
  if (at == std::string::npos) return -1;
  return std::stod(text.substr(text.find(' ', at)));
}

} // namespace proxy_tests
