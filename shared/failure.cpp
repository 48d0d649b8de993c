#include "shared/failure.hpp"

#include <stdexcept>

namespace pilotlight {

void throw_exception_from_error(failure const& error, boost::source_location const& where)
{
  throw std::runtime_error(std::string(where.file_name()) + ": unchecked failure: " + error.sentence);
}

} // namespace pilotlight
