// What went wrong, as a kind for programs and one sentence for people. Pure.
#pragma once
#include <boost/system/result.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace pilotlight {

/// The kind of an expected failure. Values cross the channel in a completion, so they are fixed numbers.
enum class fault : std::uint32_t
{
  none = 0,
  bad_request = 1,        ///< the caller's input is wrong: 400
  not_found = 2,          ///< no such model, version or path: 404
  not_allowed = 3,        ///< method not allowed there: 405
  gone = 4,               ///< a sequence was lost: 410
  too_large = 5,          ///< body, tensor or reply over a limit: 413
  bad_encoding = 6,       ///< Content-Encoding or Content-Type not served: 415
  cancelled = 7,          ///< the client went away: 499, never sent
  internal = 8,           ///< the model failed or killed its worker: 500
  not_implemented = 9,    ///< 501
  unavailable = 10,       ///< failed model, full hold, shutting down: 503
  timed_out = 11,         ///< the request's deadline passed: 504
  headers_too_large = 12, ///< 431
  length_required = 13,   ///< 411
  timeout_reading = 14,   ///< the client sent too slowly: 408
  conflict = 15,          ///< 409
};

/// An expected failure. `sentence` names the field or key and what is allowed. `retry_after` is set (> 0)
/// where trying again later makes sense.
struct failure
{
  fault kind = fault::internal;
  std::string sentence;
  std::chrono::milliseconds retry_after{0};
};

template <class T>
using result = boost::system::result<T, failure>;

/// Needed by result<T>::value(); a caller that uses value() on a failure has a bug.
[[noreturn]] void throw_exception_from_error(failure const& error, boost::source_location const& where);

} // namespace pilotlight
