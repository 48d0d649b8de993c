#include "proxy/http/date_line.hpp"

#include <doctest/doctest.h>

using pilotlight::http::date_line;

TEST_CASE("date line: as RFC 9110 writes it, two digits for the day")
{
  auto date = date_line();
  CHECK(date.at(784111777) == "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
  CHECK(date.at(0) == "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n");
  CHECK(date.at(1795507200) == "Date: Tue, 24 Nov 2026 08:00:00 GMT\r\n");
}

TEST_CASE("date line: another second is another line")
{
  auto date = date_line();
  auto const first = std::string(date.at(100));
  CHECK(date.at(100) == first);
  CHECK(date.at(101) != first);
}
