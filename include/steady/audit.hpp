// steady::delete_audit: who erased what, and from where. An observer that keeps the last erases of all maps it is given to.
//
//   using audited = steady::options<steady::observe_by<steady::delete_audit>>;
//   steady::map<std::string, session, H, E, A, audited> sessions;
//   sessions.name("sessions");
//   ...                                                     // later: who removed "u-17"?
//   for (const auto& each : steady::delete_audit::records()) std::puts(each.text().c_str());
//
//   sessions: erase "u-17", not found, at reaper.cpp:41
//
// An erase of an absent key is recorded as any other. Keys are written by recording_text (recording.hpp), which can be
// specialised; one without a text is "?". The stack is a list of return addresses where the C library tells them
// (<execinfo.h>), for addr2line or backtrace_symbols; empty elsewhere.
// Cost: an erase takes a lock, the key's text and a walk up the stack, microseconds. Any number of threads.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "observe.hpp"
#include "recording.hpp"

#if __has_include(<execinfo.h>)
#include <execinfo.h>
#endif

namespace steady {

struct erase_record {
  std::string map_name;  // empty: it had none
  std::string map_type;
  std::string key;
  bool found = false;
  call_site where;  // line 0: not known (extract, an erase of a range)
  std::thread::id thread;
  std::chrono::system_clock::time_point when;
  std::vector<void*> stack;  // innermost first

  [[nodiscard]] std::string text() const {
    std::string line = map_name.empty() ? "(unnamed)" : map_name;
    ((line += ": erase \"") += key) += found ? "\", found" : "\", not found";
    if (where.line != 0) (((line += ", at ") += where.file) += ':') += std::to_string(where.line);
    return line;
  }
};

struct delete_audit {
  static constexpr bool audits = true;

  template <class Key>
  static void write_key(std::string& out, const Key& key) {
    if constexpr (detail::has_recording_text<Key>) {
      recording_text<Key>::write(out, key);
    } else {
      out += '?';
    }
  }

  static void on_event(const event& what) {
    if (what.kind != event_kind::erase) return;
    erase_record record{.map_name = std::string{what.map_name},
                        .map_type = std::string{what.map_type},
                        .key = std::string{what.key},
                        .found = what.found,
                        .where = what.where,
                        .thread = std::this_thread::get_id(),
                        .when = std::chrono::system_clock::now(),
                        .stack = stack_here()};
    kept& all = kept::all();
    const std::lock_guard guard(all.mutex);
    if (all.most == 0) return;
    if (all.records.size() == all.most) all.records.pop_front();
    all.records.push_back(std::move(record));
  }

  // Oldest first.
  [[nodiscard]] static std::vector<erase_record> records() {
    kept& all = kept::all();
    const std::lock_guard guard(all.mutex);
    return {all.records.begin(), all.records.end()};
  }
  // How many are kept from now on, 1024 unless said otherwise; those kept so far are dropped.
  static void keep(std::size_t most) {
    kept& all = kept::all();
    const std::lock_guard guard(all.mutex);
    all.most = most;
    all.records.clear();
  }

 private:
  struct kept {
    std::mutex mutex;
    std::deque<erase_record> records;
    std::size_t most = 1024;

    // Never destroyed: maps in static objects may erase as late as they like.
    [[nodiscard]] static kept& all() {
      static kept* const everything = new kept;
      return *everything;
    }
  };

  [[nodiscard]] static std::vector<void*> stack_here() {
#if __has_include(<execinfo.h>)
    std::vector<void*> addresses(32);
    addresses.resize(
        static_cast<std::size_t>(backtrace(addresses.data(), static_cast<int>(addresses.size()))));
    return addresses;
#else
    return {};
#endif
  }
};

}  // namespace steady
