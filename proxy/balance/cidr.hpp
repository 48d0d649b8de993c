// Which addresses does "10.0.0.0/8" or "2001:db8::/32" mean? Pure.
#pragma once
#include "shared/failure.hpp"

#include <array>
#include <boost/asio/ip/address.hpp>
#include <string_view>

namespace pilotlight::balance {

/// A block of addresses. IPv4 ones are kept as IPv6-mapped (::ffff:0:0/96), so that a client of a dual-stack socket
/// counts as what it is.
class cidr
{
public:
  /// An address and its prefix length ("10.0.0.0/8"), or an address alone. A failure is one sentence that begins with
  /// the text in quotes; the caller says before it which key it stands at.
  static result<cidr> read(std::string_view text);

  bool contains(boost::asio::ip::address const& address) const;
  /// Of the IPv6 form, 0 to 128: the longer, the narrower.
  unsigned prefix() const { return prefix_; }
  bool operator==(cidr const&) const = default;

private:
  using bytes = std::array<unsigned char, 16>;
  cidr(bytes const& network, unsigned prefix) : network_(network), prefix_(prefix) {}

  bytes network_{};
  unsigned prefix_ = 0;
};

} // namespace pilotlight::balance
