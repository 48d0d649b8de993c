// How does a failed check print a result<T>? As the failure's sentence. (Boost prints one with <<, which not every T
// has.)
#pragma once
#include "shared/failure.hpp"

#include <doctest/doctest.h>

namespace doctest {

template <class T>
struct StringMaker<boost::system::result<T, pilotlight::failure>>
{
  static String convert(boost::system::result<T, pilotlight::failure> const& result)
  {
    return result ? "a value" : result.error().sentence.c_str();
  }
};

} // namespace doctest
