#include "proxy/cli/explain.hpp"

#include "proxy/cli/admin_port.hpp"
#include "proxy/cli/explain_table.hpp"
#include "proxy/cli/fetch.hpp"
#include "proxy/cli/follow.hpp"

#include <ostream>

namespace pilotlight::cli {
namespace {

/// Everything that a path may not hold as it is, as %XX: the server says what is wrong with the name.
std::string escaped(std::string_view text)
{
  constexpr std::string_view hex = "0123456789ABCDEF";
  auto out = std::string();
  for (char const c : text) {
    auto const byte = static_cast<unsigned char>(c);
    auto const plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '_' || c == '.' || c == ':';
    if (plain)
      out += c;
    else
      (out += '%') += {hex[byte >> 4U], hex[byte & 15U]};
  }
  return out;
}

result<void> answer(explain_command const& asked, std::ostream& out)
{
  auto const port = admin_port(asked.admin, asked.source);
  if (!port) return port.error();
  auto const which = "?model=" + escaped(asked.model);
  auto const body = fetch(*port, "/v1/decisions" + which + "&limit=" + std::to_string(asked.limit));
  if (!body) return body.error();
  auto const table = explain_table(*body, asked.model);
  if (!table) return table.error();
  if (!asked.json) out << *table << std::flush;
  if (asked.json && !asked.follow) out << *body << (body->ends_with('\n') ? "" : "\n");
  if (!asked.follow) return {};

  auto bad = result<void>();
  auto const show = [&](event const& one) {
    if (one.name != "decision") return true;
    auto const line = asked.json ? result<std::string>(one.data) : decision_line(one.data);
    if (line) out << *line << '\n' << std::flush;
    if (!line) bad = line.error();
    return line.has_value() && out.good();
  };
  auto const followed = follow(*port, "/v1/decisions/stream" + which, show);
  if (!followed) return followed.error();
  return bad;
}

} // namespace

int explain(explain_command const& asked, std::ostream& out, std::ostream& err)
{
  if (auto const done = answer(asked, out); !done) {
    err << done.error().sentence << '\n';
    return 1;
  }
  return 0;
}

} // namespace pilotlight::cli
