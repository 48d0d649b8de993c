#include "proxy/simulate/read_trace.hpp"
#include "proxy/simulate/trace_header.hpp"
#include "proxy/simulate/trace_time.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>

namespace pilotlight::simulate {
namespace {

using found_models = std::map<std::string, std::vector<stretch>, std::less<>>;

/// What is wrong with one line, without its place.
using complaint = std::string;

std::string shown(std::string const& field)
{
  return "'" + (field.size() > 40 ? field.substr(0, 37) + "..." : field) + "'";
}

complaint take_wide(std::vector<std::string> const& fields, trace_header const& header, std::string const& model,
                    found_models& into)
{
  auto& stretches = into[model];
  for (auto i = header.first_minute; i < fields.size(); ++i) {
    auto const count = parse_count(fields[i]);
    auto const minute = i - header.first_minute;
    if (!count)
      return "the count of minute " + std::to_string(minute + 1) + " is " + shown(fields[i]) +
             "; expected is a whole number from 0 to " + std::to_string(largest_count);
    if (*count > 0) stretches.push_back({instant(std::chrono::minutes(minute)), std::chrono::minutes(1), *count});
  }
  return {};
}

complaint take_line(std::vector<std::string> const& fields, trace_header const& header, std::string const& unnamed,
                    found_models& into)
{
  if (fields.size() != header.columns)
    return std::to_string(fields.size()) + (fields.size() == 1 ? " field" : " fields") + "; expected are " +
           std::to_string(header.columns) + ", as in the header";
  auto const& model = header.model == trace_header::none ? unnamed : fields[header.model];
  if (model.empty()) return "the name of the model is empty";
  if (header.format == trace_format::wide) return take_wide(fields, header, model, into);

  auto const when = parse_time(fields[header.time]);
  if (!when)
    return "the time is " + shown(fields[header.time]) +
           "; expected is YYYY-MM-DD HH:MM:SS with or without a fraction, or a number of seconds";
  if (header.format == trace_format::counts) {
    auto const count = parse_count(fields[header.count]);
    if (!count)
      return "the count of requests is " + shown(fields[header.count]) + "; expected is a whole number from 0 to " +
             std::to_string(largest_count);
    into[model].push_back({*when, header.interval, *count});
    return {};
  }
  auto begin = *when;
  if (header.format == trace_format::ended) {
    auto const took = parse_number(fields[header.took]);
    if (!took || *took < 0 || *took > 1e9)
      return "the duration is " + shown(fields[header.took]) + "; expected are seconds, at least 0";
    begin -= duration(std::llround(*took * 1e6));
  }
  into[model].push_back({begin, duration(0), 1});
  return {};
}

/// The least distance of two starts of one model; a minute where there are no two.
duration least_distance(found_models const& models)
{
  auto least = duration::max();
  for (auto const& [name, stretches] : models)
    for (std::size_t i = 1; i < stretches.size(); ++i)
      if (auto const apart = stretches[i].begin - stretches[i - 1].begin; apart > duration(0))
        least = std::min(least, apart);
  return least == duration::max() ? std::chrono::minutes(1) : least;
}

void sort_by_time(std::vector<stretch>& stretches)
{
  std::stable_sort(stretches.begin(), stretches.end(),
                   [](stretch const& a, stretch const& b) { return a.begin < b.begin; });
}

/// Two counts of the same interval are one; empty ones only mark how far the trace reaches.
std::vector<stretch> merged(std::vector<stretch> const& sorted)
{
  auto out = std::vector<stretch>();
  out.reserve(sorted.size());
  for (auto const& one : sorted)
    if (one.count == 0)
      continue;
    else if (!out.empty() && one.length > duration(0) && out.back().begin == one.begin)
      out.back().count += one.count;
    else
      out.push_back(one);
  return out;
}

trace assembled(found_models&& models, trace_header const& header, std::string const& name)
{
  auto made = trace();
  made.source = name;
  for (auto& [model, stretches] : models)
    sort_by_time(stretches);
  auto interval = header.interval;
  if (header.format == trace_format::counts && interval == duration(0)) interval = least_distance(models);

  made.begin = instant::max();
  made.end = instant::min();
  for (auto& [model, stretches] : models) {
    for (auto& one : stretches) {
      if (header.format == trace_format::counts) one.length = interval;
      made.begin = std::min(made.begin, one.begin);
      made.end = std::max(made.end, one.begin + std::max(one.length, duration(1)));
    }
    auto one = trace_model{model, merged(stretches), 0};
    for (auto const& part : one.stretches)
      one.requests += part.count;
    made.requests += one.requests;
    made.models.push_back(std::move(one));
    stretches = {};
  }
  if (header.format == trace_format::wide) {
    made.begin = instant();
    made.end = instant(std::chrono::minutes(header.columns - header.first_minute));
  }
  return made;
}

} // namespace

result<trace> read_trace(std::istream& from, std::string const& name)
{
  auto const at = [&](std::size_t line, std::string const& what) {
    return failure{fault::bad_request, name + ":" + std::to_string(line) + ": " + what};
  };
  auto line = std::string();
  if (!std::getline(from, line)) return at(1, "the file is empty; expected is a header line");
  auto const header = read_header(line);
  if (!header) return at(1, header.error().sentence);

  auto const unnamed = std::filesystem::path(name).stem().string();
  auto models = found_models();
  for (std::size_t number = 2; std::getline(from, line); ++number) {
    if (line.empty() || line == "\r") continue;
    auto const fields = split_fields(line);
    if (!fields) return at(number, fields.error().sentence);
    if (auto const wrong = take_line(*fields, *header, unnamed, models); !wrong.empty()) return at(number, wrong);
  }
  if (from.bad()) return failure{fault::bad_request, "'" + name + "' cannot be read to its end"};
  auto made = assembled(std::move(models), *header, name);
  if (made.requests == 0) return failure{fault::bad_request, "'" + name + "' holds no request after its header line"};
  return made;
}

result<trace> read_trace(std::string const& file)
{
  auto from = std::ifstream(file, std::ios::binary);
  auto const name = std::filesystem::path(file).filename().string();
  auto error = std::error_code();
  if (std::filesystem::is_directory(file, error))
    return failure{fault::bad_request, "the trace '" + file + "' is a folder; expected is a CSV file"};
  if (!from) return failure{fault::bad_request, "the trace '" + file + "' cannot be opened: " + std::strerror(errno)};
  return read_trace(from, name.empty() ? file : name);
}

} // namespace pilotlight::simulate
