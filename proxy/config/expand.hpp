// What do ${NAME}s in a string stand for? Pure: the environment is an argument.
#pragma once
#include "shared/failure.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace pilotlight::config {

/// The value of an environment variable, or nothing when it is not set.
using environment = std::function<std::optional<std::string>(std::string const& name)>;

/// `text` with each ${NAME} replaced by its value; "$${" stands for "${" itself. Values are not expanded again.
/// Failure: an unset variable, by its name; a "${" that is no ${NAME}.
result<std::string> expand(std::string_view text, environment const& variables);

/// The environment of this process.
environment process_environment();

} // namespace pilotlight::config
