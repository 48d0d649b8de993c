#include "proxy/cli/status.hpp"
#include "proxy/cli/fetch.hpp"
#include "proxy/cli/status_table.hpp"
#include "proxy/config/check.hpp"
#include "proxy/config/load.hpp"

#include <ostream>

namespace pilotlight::cli {
namespace {

result<endpoint> admin_port(status_command const& asked)
{
  if (asked.admin) {
    auto const given = config::parse_endpoint(*asked.admin);
    if (given && given->port != 0) return *given;
    return failure{fault::bad_request, "--admin is " + config::quoted(*asked.admin) +
                                           "; allowed is host:port, as in --admin 127.0.0.1:8081"};
  }
  auto const loaded = load_settings(asked.source.file, asked.source.overrides);
  if (!loaded) return loaded.error();
  if (loaded->listen.admin.port != 0) return loaded->listen.admin;
  return failure{fault::bad_request, "'listen.admin' has port 0, any free one: say which with --admin host:port"};
}

result<std::string> answer(status_command const& asked)
{
  auto const port = admin_port(asked);
  if (!port) return port.error();
  auto body = fetch(*port, "/v1/models");
  if (!body || asked.json) return body;
  return status_table(*body);
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
