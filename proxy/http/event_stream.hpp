// Who wants to be told of each decision as it is made? Server-sent events (the text/event-stream of the HTML standard):
// a hub that publishes, and a bounded buffer for each reader. Knows no socket. I/O thread only.
#pragma once
#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace pilotlight::http {

/// One event on the wire: "id: 7\nevent: decision\ndata: {...}\n\n". Each line of the data has its own "data:".
std::string render_event(std::uint64_t id, std::string_view event, std::string_view data);

class event_hub;

/// One reader. What it has not read yet waits here, up to a bound; one that falls behind is dropped with a closing
/// event, since a stream with silent gaps would be worse than none.
class event_reader : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>
{
public:
  /// Unread bytes beyond which it is dropped.
  static constexpr std::size_t most_unread = std::size_t{256} << 10;

  /// `model` and `version` empty: all. `wake` is called whenever there is something to write.
  event_reader(std::string model, std::string version, std::function<void()> wake);

  /// Everything to write now.
  std::string take();
  bool pending() const { return !unread_.empty(); }
  /// No more will come: write what is left and close.
  bool ended() const { return ended_; }
  /// The last event, then the end. `reason`: "too_slow", "shutting_down".
  void end(std::string_view reason);
  /// So that the connection is seen to be alive; nothing while something waits to be written.
  void beat();

private:
  friend class event_hub;
  bool wants(std::string_view model, std::string_view version) const;
  void offer(std::string_view event);

  std::string model_, version_;
  std::function<void()> wake_;
  std::string unread_;
  bool ended_ = false;
};

class event_hub
{
public:
  /// The reader hears what is published from now on, as long as it lives.
  std::unique_ptr<event_reader> join(std::string model, std::string version, std::function<void()> wake);

  /// To all readers of that model. `data` is one JSON text. Costs nothing while nobody reads.
  void publish(std::string_view event, std::string_view model, std::string_view version, std::string_view data);

  /// So that `data` need not be made for nobody.
  bool heard() const { return !readers_.empty(); }
  std::size_t readers() const { return readers_.size(); } ///< counts them
  std::uint64_t dropped() const { return dropped_; }      ///< readers that were too slow

private:
  boost::intrusive::list<event_reader, boost::intrusive::constant_time_size<false>> readers_;
  std::uint64_t last_id_ = 0;
  std::uint64_t dropped_ = 0;
};

} // namespace pilotlight::http
