// steady::debug_server: what the maps and channels of a running program do, in a browser and for the tools people have.
//
//   steady::debug_server server(6060);                   // http://127.0.0.1:6060/debug/maps, from here to its destructor
//
//   /debug/maps            a live page: the named maps, channels and heaps, how their figures change; of a map its buckets, advice
//   /debug/maps.json       the same figures for programs; ?name=NAME: of one map, with its fill and probe lengths, or its shards
//   /metrics               the text for Prometheus (steady::metrics_text), or OpenMetrics for whoever accepts that
//   /debug/waiters         who is blocked on a channel (steady::dump_waiters)
//   /debug/trace?seconds=N who waited for what meanwhile, for chrome://tracing and ui.perfetto.dev; &of=NAME: another source
//   /debug/pprof/NAME      a profile the program gave the server: profile("heap", ...)
//   /debug/in-use?name=N   whether anything has that name, waits on it or for its locks (`steady check-delete`)
//
// It is for those who may see inside the program: it listens to this machine alone unless it is given another address, has no
// password and no encryption, and there it refuses requests that name another host, so that a page from elsewhere cannot ask through a
// browser. It reads and never changes: GET and HEAD only, no files, no parameter it does not know. A request may be 16 KiB and take
// five seconds.
//
// Its threads (five) touch no map: they read what named maps publish (registry.hpp), so maps may be made, change and die
// meanwhile. They take no signals. Nothing runs and nothing is recorded while nobody asks. When the program or the machine is out of
// descriptors or memory, who connects waits until there are some.
//
// A child made by fork() has none of its threads: there it answers nobody and may be destroyed, which returns at once, leaves its memory
// and does nothing to the parent's; nothing else may be done with it. The child may make one of its own, at another port.
//
// In a target of its own, steady::debug_server, because it needs cpp-httplib; the header needs the standard library alone.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace steady {

class debug_server {
 public:
  // Listens when it returns. Port 0: any that is free, port() tells which. The address is one of this machine's, "0.0.0.0" for
  // all of them. Throws std::system_error when it cannot listen there: the port is in use, or not allowed.
  explicit debug_server(std::uint16_t port, std::string address = "127.0.0.1");
  debug_server(const debug_server&) = delete;
  debug_server& operator=(const debug_server&) = delete;
  // Ends what is being answered and waits for it; a provider that is at work is waited for.
  ~debug_server();

  [[nodiscard]] std::uint16_t port() const noexcept;
  [[nodiscard]] std::string url() const;  // "http://127.0.0.1:6060"

  // The following may be called at any time. What they are given is called by the server's threads, possibly by several at once;
  // what it throws is the answer's text, with status 500.

  // Makes the profile served as /debug/pprof/NAME, "heap" and "mutex" by custom: its bytes, as `go tool pprof` reads them.
  using profile_maker = std::function<std::string()>;
  void profile(std::string name, profile_maker make);

  // Another source for /debug/trace, served with &of=NAME: the function begins a recording, and returns one that ends it and
  // gives the text, JSON for Chrome's tracing. One recording at a time. "waits", those of channels, is there from the start.
  using trace_end = std::function<std::string()>;
  using trace_begin = std::function<trace_end()>;
  void trace(std::string name, trace_begin begin);

  // How often somebody had to wait for a lock of that name so far; for in-use, which looks whether it grows.
  using contention_count = std::function<std::uint64_t(std::string_view name)>;
  void contention(contention_count count);

 private:
  class implementation;
  std::unique_ptr<implementation> implementation_;
};

}  // namespace steady
