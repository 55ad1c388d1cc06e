// A connection as cpp-httplib reads and writes it, with bounds: so many bytes of a request, so many seconds for it and for the
// answer, and no long Range (range_guard.hpp). Its own connections bound each line of a request and each wait for a byte, but
// neither their number.
//
// Writing never raises SIGPIPE. Waits look every tenth of a second whether the server ends.
#pragma once

#include <httplib.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

#include "range_guard.hpp"

namespace steady::detail::serving {

class bounded_stream final : public httplib::Stream {
 public:
  static constexpr std::size_t most_bytes = 16 * 1024;
  static constexpr std::chrono::seconds patience{5};
  static constexpr std::chrono::seconds patience_of_answer{30};

  // Closes the socket when it ends.
  bounded_stream(int socket, const std::atomic<bool>& ends) : socket_(socket), ends_(ends) {}
  bounded_stream(const bounded_stream&) = delete;
  bounded_stream& operator=(const bounded_stream&) = delete;
  ~bounded_stream() override {
    // What the other side sent and nobody read would make close() reset the connection, and the answer might be lost.
    ::shutdown(socket_, SHUT_WR);
    read_until_ = clock::now() + std::chrono::seconds(1);
    for (std::size_t left = 64 * most_bytes; left > 0;) {
      const ssize_t count = receive();
      if (count <= 0) break;
      left -= std::min(left, static_cast<std::size_t>(count));
    }
    ::close(socket_);
  }

  bool is_readable() const override { return from_ < to_ || ready(POLLIN, read_until_); }
  bool is_writable() const override { return ready(POLLOUT, clock::now() + patience); }

  ssize_t read(char* to, std::size_t size) override {
    if (from_ == to_) {
      if (allowed_ == 0) return -1;
      const ssize_t count = receive();
      if (count <= 0) return count;
      from_ = 0;
      to_ = std::min(static_cast<std::size_t>(count), allowed_);
      allowed_ -= to_;
      if (const std::size_t fits = range_.fits({buffer_.data(), to_}); fits < to_) {
        to_ = fits;
        allowed_ = 0;
        if (to_ == 0) return -1;
      }
    }
    const std::size_t given = std::min(size, to_ - from_);
    std::memcpy(to, buffer_.data() + from_, given);
    from_ += given;
    return static_cast<ssize_t>(given);
  }

  // All of it, or fails.
  ssize_t write(const char* from, std::size_t size) override {
    const clock::time_point until = clock::now() + patience_of_answer;
    for (std::size_t written = 0; written < size;) {
      if (!ready(POLLOUT, until)) return -1;
      const ssize_t count = ::send(socket_, from + written, size - written, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count >= 0) {
        written += static_cast<std::size_t>(count);
      } else if (errno != EINTR && errno != EAGAIN) {
        return -1;
      }
    }
    return static_cast<ssize_t>(size);
  }

  void get_remote_ip_and_port(std::string& ip, int& port) const override { address(::getpeername, ip, port); }
  void get_local_ip_and_port(std::string& ip, int& port) const override { address(::getsockname, ip, port); }
  socket_t socket() const override { return socket_; }

 private:
  using clock = std::chrono::steady_clock;

  // The clock is looked at first: a client that sends a byte now and then is always ready.
  [[nodiscard]] bool ready(short what, clock::time_point until) const {
    constexpr int look = 100;  // ms
    while (!ends_.load(std::memory_order_relaxed) && clock::now() < until) {
      pollfd waiting{socket_, what, 0};
      if (::poll(&waiting, 1, look) > 0) return true;
    }
    return false;
  }
  ssize_t receive() {
    for (;;) {
      if (!ready(POLLIN, read_until_)) return -1;
      const ssize_t count = ::recv(socket_, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
      if (count >= 0 || (errno != EINTR && errno != EAGAIN)) return count;
    }
  }

  template <class Of>
  void address(Of&& of, std::string& ip, int& port) const {
    sockaddr_storage where{};
    socklen_t length = sizeof where;
    std::array<char, NI_MAXHOST> host{};
    std::array<char, NI_MAXSERV> service{};
    if (of(socket_, reinterpret_cast<sockaddr*>(&where), &length) != 0) return;
    if (::getnameinfo(reinterpret_cast<sockaddr*>(&where), length, host.data(), host.size(), service.data(),
                      service.size(), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
      return;
    ip = host.data();
    port = std::atoi(service.data());
  }

  int socket_;
  const std::atomic<bool>& ends_;
  clock::time_point read_until_ = clock::now() + patience;
  std::array<char, 4096> buffer_{};
  std::size_t from_ = 0;
  std::size_t to_ = 0;
  std::size_t allowed_ = most_bytes;
  range_guard range_;
};

}  // namespace steady::detail::serving
