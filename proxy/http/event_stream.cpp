#include "proxy/http/event_stream.hpp"

namespace pilotlight::http {

std::string render_event(std::uint64_t id, std::string_view event, std::string_view data)
{
  auto text = std::string();
  if (id != 0) text.append("id: ").append(std::to_string(id)).append("\n");
  text.append("event: ").append(event).append("\n");
  for (;;) {
    auto const line = data.substr(0, data.find('\n'));
    text.append("data: ").append(line).append("\n");
    if (line.size() == data.size()) break;
    data.remove_prefix(line.size() + 1);
  }
  return text.append("\n");
}

event_reader::event_reader(std::string model, std::string version, std::function<void()> wake)
    : model_(std::move(model)), version_(std::move(version)), wake_(std::move(wake))
{
}

std::string event_reader::take()
{
  return std::exchange(unread_, {});
}

bool event_reader::wants(std::string_view model, std::string_view version) const
{
  return (model_.empty() || model_ == model) && (version_.empty() || version_ == version);
}

void event_reader::offer(std::string_view event)
{
  if (ended_) return;
  unread_.append(event);
  wake_();
}

void event_reader::beat()
{
  if (!ended_ && unread_.empty()) unread_ = ": still here\n\n";
}

void event_reader::end(std::string_view reason)
{
  if (ended_) return;
  offer(render_event(0, "closing", std::string(R"({"reason":")").append(reason).append("\"}")));
  ended_ = true;
}

std::unique_ptr<event_reader> event_hub::join(std::string model, std::string version, std::function<void()> wake)
{
  auto reader = std::make_unique<event_reader>(std::move(model), std::move(version), std::move(wake));
  readers_.push_back(*reader);
  return reader;
}

void event_hub::publish(std::string_view event, std::string_view model, std::string_view version, std::string_view data)
{
  ++last_id_;
  if (readers_.empty()) return;
  auto const text = render_event(last_id_, event, data);
  for (auto& each : readers_) {
    if (each.ended_ || !each.wants(model, version)) continue;
    if (each.unread_.size() + text.size() <= event_reader::most_unread) {
      each.offer(text);
      continue;
    }
    ++dropped_;
    each.unread_.clear(); // it will not read these; whole events only, so the closing one is understood
    each.end("too_slow");
  }
}

} // namespace pilotlight::http
