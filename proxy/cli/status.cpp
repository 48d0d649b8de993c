#include "proxy/cli/status.hpp"
#include "proxy/cli/admin_port.hpp"
#include "proxy/cli/fetch.hpp"
#include "proxy/cli/status_table.hpp"

#include <ostream>

namespace pilotlight::cli {
namespace {

result<std::string> answer(status_command const& asked)
{
  auto const port = admin_port(asked.admin, asked.source);
  if (!port) return port.error();
  auto body = fetch(*port, "/v1/models");
  if (!body || asked.json) return body;
  auto table = status_table(*body);
  if (!table) return table;
  auto const scaling = fetch(*port, "/v1/autoscaling/stats");
  auto const performance = fetch(*port, "/v1/performance");
  auto const health = fetch(*port, "/v1/health");
  auto lines = health ? health_line(*health) : std::string();
  if (scaling && performance) lines += statistics_lines(*scaling, *performance);
  if (!lines.empty()) *table += "\n" + lines;
  return table;
}

} // namespace

int status(status_command const& asked, std::ostream& out, std::ostream& err)
{
  auto const text = answer(asked);
  if (!text) {
    err << text.error().sentence << '\n';
    return 1;
  }
  out << *text << (text->ends_with('\n') ? "" : "\n");
  return 0;
}

} // namespace pilotlight::cli
