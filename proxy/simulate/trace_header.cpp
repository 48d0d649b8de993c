#include "proxy/simulate/trace_header.hpp"

#include <algorithm>
#include <initializer_list>

namespace pilotlight::simulate {
namespace {

constexpr std::string_view known =
    "known headers: 'time,model' (also 'time' or 'timestamp' alone), 'interval_start,model,requests', "
    "'minute,requests', 'func,end_timestamp,duration', or columns 1,2,3,... with a count for each minute";

failure refused(std::string sentence)
{
  sentence.append("; ").append(known);
  return {fault::bad_request, std::move(sentence)};
}

std::size_t find(std::vector<std::string> const& names, std::initializer_list<std::string_view> any_of)
{
  for (auto const& wanted : any_of)
    if (auto const found = std::find(names.begin(), names.end(), wanted); found != names.end())
      return static_cast<std::size_t>(found - names.begin());
  return trace_header::none;
}

} // namespace

result<std::vector<std::string>> split_fields(std::string_view line)
{
  if (line.ends_with('\r')) line.remove_suffix(1);
  auto fields = std::vector<std::string>();
  while (true) {
    auto const quoted = line.starts_with('"');
    if (quoted) line.remove_prefix(1);
    auto const end = std::min(line.find(quoted ? '"' : ','), line.size());
    auto const field = line.substr(0, end);
    line.remove_prefix(end);
    if (quoted ? line.empty() : field.find('"') != std::string_view::npos)
      return failure{fault::bad_request, "a double quote stands alone: a whole field is quoted, or nothing of it"};
    fields.emplace_back(field);
    if (quoted) line.remove_prefix(1);
    if (line.empty()) return fields;
    if (!line.starts_with(','))
      return failure{fault::bad_request, "after a field in double quotes a comma is expected"};
    line.remove_prefix(1);
  }
}

result<trace_header> read_header(std::string_view line)
{
  if (line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3); // a byte order mark
  auto split = split_fields(line);
  if (!split) return split.error();
  auto& names = *split;
  for (auto& name : names)
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });

  for (auto name = names.begin(); name != names.end(); ++name)
    if (!name->empty() && std::find(names.begin(), name, *name) != name)
      return refused("column '" + *name + "' is there twice");

  auto header = trace_header();
  header.columns = names.size();
  header.model = find(names, {"model", "func", "hashfunction", "function", "name"});
  header.first_minute = find(names, {"1"});
  if (header.first_minute != trace_header::none) {
    for (auto i = header.first_minute; i < names.size(); ++i)
      if (names[i] != std::to_string(i - header.first_minute + 1))
        return failure{fault::bad_request, "column " + std::to_string(i + 1) + " is '" + names[i] + "' where minute " +
                                               std::to_string(i - header.first_minute + 1) + " is expected"};
    header.format = trace_format::wide;
    return header;
  }
  header.count = find(names, {"requests", "count", "invocations"});
  header.time = find(names, {"interval_start", "minute", "time", "timestamp", "end_timestamp"});
  header.took = find(names, {"duration"});
  if (header.time == trace_header::none) return refused("no column tells the time");
  if (header.count != trace_header::none) {
    header.format = trace_format::counts;
    if (names[header.time] == "minute") header.interval = std::chrono::minutes(1);
    return header;
  }
  if (names[header.time] == "interval_start" || names[header.time] == "minute")
    return refused("the column '" + names[header.time] + "' needs one named 'requests'");
  if (names[header.time] == "end_timestamp") {
    if (header.took == trace_header::none) return refused("the column 'end_timestamp' needs one named 'duration'");
    header.format = trace_format::ended;
  }
  return header;
}

} // namespace pilotlight::simulate
