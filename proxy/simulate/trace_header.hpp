// What do the columns of this trace mean? Told by its header line. Pure.
#pragma once
#include "proxy/decide/facts.hpp"
#include "shared/failure.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace pilotlight::simulate {

enum class trace_format : std::uint8_t
{
  arrivals, ///< a line is one request: time[,model][,...]
  ended,    ///< a line is one request that ended at a time and took so long: func,end_timestamp,duration
  counts,   ///< a line is an interval of one model: interval_start|minute[,model],requests
  wide,     ///< a line is a model: ...,1,2,3,... with a count for each minute
};

struct trace_header
{
  static constexpr std::size_t none = ~std::size_t{0};

  trace_format format = trace_format::arrivals;
  std::size_t columns = 0;
  std::size_t time = none, model = none, count = none, took = none;
  std::size_t first_minute = none; ///< wide: the column named 1; the rest are minutes
  decide::duration interval{0};    ///< counts: told by the header (a minute), 0: to be found from the lines
};

/// Columns are known by name, in any order, upper or lower case; others are passed over.
/// Failure: no column of time or no minutes; the sentence tells which headers are known.
result<trace_header> read_header(std::string_view line);

/// Fields between commas; a whole field may stand in double quotes. A trailing '\r' is cut. Failure: a quote that is
/// not closed, or stands inside a field.
result<std::vector<std::string>> split_fields(std::string_view line);

} // namespace pilotlight::simulate
