#include "proxy/cli/admin_port.hpp"

#include "proxy/config/check.hpp"
#include "proxy/config/load.hpp"

namespace pilotlight::cli {

result<endpoint> admin_port(std::optional<std::string> const& given, settings_source const& source)
{
  if (given) {
    auto const port = config::parse_endpoint(*given);
    if (port && port->port != 0) return *port;
    return failure{fault::bad_request,
                   "--admin is " + config::quoted(*given) + "; allowed is host:port, as in --admin 127.0.0.1:8081"};
  }
  auto const loaded = load_settings(source.file, source.overrides);
  if (!loaded) return loaded.error();
  if (loaded->listen.admin.port != 0) return loaded->listen.admin;
  return failure{fault::bad_request, "'listen.admin' has port 0, any free one: say which with --admin host:port"};
}

} // namespace pilotlight::cli
