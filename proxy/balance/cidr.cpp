#include "proxy/balance/cidr.hpp"

#include <algorithm>
#include <charconv>

namespace pilotlight::balance {
namespace {

namespace ip = boost::asio::ip;
using bytes = std::array<unsigned char, 16>;
constexpr unsigned mapped_bits = 96; ///< of an IPv4 address in its IPv6 form

bytes form_of(ip::address const& address)
{
  auto const v6 = address.is_v4() ? ip::make_address_v6(ip::v4_mapped, address.to_v4()) : address.to_v6();
  return v6.to_bytes();
}

/// The first `bits` of it, the rest zero.
bytes masked(bytes of, unsigned bits)
{
  for (unsigned i = 0; i < of.size(); ++i) {
    auto const kept = std::clamp<int>(static_cast<int>(bits) - static_cast<int>(8 * i), 0, 8);
    of[i] = static_cast<unsigned char>(of[i] & (0xff00U >> static_cast<unsigned>(kept)));
  }
  return of;
}

failure refused(std::string_view text, std::string const& why)
{
  return {fault::bad_request, "'" + std::string(text) + "' " + why};
}

std::string named(bytes const& network, unsigned bits, bool v4)
{
  auto const v6 = ip::address_v6(network);
  return (v4 ? ip::make_address_v4(ip::v4_mapped, v6).to_string() : v6.to_string()) + "/" + std::to_string(bits);
}

} // namespace

result<cidr> cidr::read(std::string_view text)
{
  auto const slash = text.find('/');
  auto const host = text.substr(0, slash);
  auto error = boost::system::error_code();
  auto const address = ip::make_address(std::string(host), error);
  // A scope ("fe80::1%eth0") names an interface of one machine, not a place in the network.
  if (error || host.find('%') != std::string_view::npos || host.find('\0') != std::string_view::npos)
    return refused(text, "is not a network; write one like 10.0.0.0/8 or 2001:db8::/32");
  auto const most = address.is_v4() ? 32U : 128U;
  auto bits = most;
  if (slash != std::string_view::npos) {
    auto const length = text.substr(slash + 1);
    auto const [end, bad] = std::from_chars(length.data(), length.data() + length.size(), bits);
    if (length.empty() || bad != std::errc() || end != length.data() + length.size() || bits > most)
      return refused(text, "has no prefix length from 0 to " + std::to_string(most) + " after the slash");
  }
  auto const prefix = address.is_v4() ? bits + mapped_bits : bits;
  auto const network = masked(form_of(address), prefix);
  if (network != form_of(address))
    return refused(text, "has bits set behind its prefix; the network is " + named(network, bits, address.is_v4()));
  return cidr(network, prefix);
}

bool cidr::contains(ip::address const& address) const
{
  return masked(form_of(address), prefix_) == network_;
}

} // namespace pilotlight::balance
