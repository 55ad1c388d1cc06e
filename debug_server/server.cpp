// The server's carrying part: cpp-httplib, which is used for what it is good at, the parsing of requests and the writing of answers.
// This file and bounded_stream.hpp know it. Connections are taken and given to threads by our own (accepting.hpp, workers.hpp).
//
// Everything is answered before httplib routes anything: its routes are regular expressions, which recurse for each character
// of a path, and after them it would read bodies and serve files. One request a connection, so that what a refused request
// still sends is never taken for another one.
//
// After fork() the child has the object and the listening socket, and none of the threads; what they had locked at that moment stays
// locked. So there it is never taken apart: its destructor closes the child's copy of the socket and leaves the rest.
#include "steady/debug_server.hpp"

#include <arpa/inet.h>
#include <httplib.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "accepting.hpp"
#include "answers.hpp"
#include "bounded_stream.hpp"
#include "workers.hpp"

namespace steady {
namespace {

namespace serving = detail::serving;

// Of this machine alone.
[[nodiscard]] bool is_loopback(const std::string& address) {
  in_addr four{};
  in6_addr six{};
  if (::inet_pton(AF_INET, address.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  if (::inet_pton(AF_INET6, address.c_str(), &six) == 1) return IN6_IS_ADDR_LOOPBACK(&six) != 0;
  return address == "localhost";
}

// "localhost:6060", "127.0.0.1", "[::1]:6060": what leads to this machine without asking a name server, who could have been told by a
// stranger's page to answer with our address.
[[nodiscard]] bool names_this_machine(std::string_view host) {
  if (host.starts_with('[')) {
    host = host.substr(1, host.find(']') - 1);
  } else {
    host = host.substr(0, host.find(':'));
  }
  return is_loopback(std::string{host});
}

// Signals go to the program's own threads: those that are started meanwhile inherit that they are blocked.
class without_signals {
 public:
  without_signals() {
    sigset_t all;
    ::sigfillset(&all);
    // What a thread brings upon itself goes to the program's handler all the same; blocked, it would end the process without.
    for (const int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS}) ::sigdelset(&all, own);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  without_signals(const without_signals&) = delete;
  without_signals& operator=(const without_signals&) = delete;
  ~without_signals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

// What becomes of SIGPIPE is the program's business; httplib's constructor has it ignored.
class same_sigpipe {
 public:
  same_sigpipe() { ::sigaction(SIGPIPE, nullptr, &before_); }
  same_sigpipe(const same_sigpipe&) = delete;
  same_sigpipe& operator=(const same_sigpipe&) = delete;
  ~same_sigpipe() { ::sigaction(SIGPIPE, &before_, nullptr); }

 private:
  struct sigaction before_{};
};

class http_server final : public httplib::Server {
 public:
  ~http_server() override { close_listener(); }

  void accept_for(serving::workers& takers) {
    serving::accept_until(
        ends, [this] { return ::accept4(svr_sock_, nullptr, nullptr, SOCK_CLOEXEC); },
        [&](int socket) { takers.take(socket); },
        [](std::chrono::milliseconds pause) { std::this_thread::sleep_for(pause); });
  }
  // Ends what is being answered, and who waits in accept4(). For all processes that have the socket.
  void end() {
    ends = true;
    ::shutdown(svr_sock_, SHUT_RDWR);
  }
  void close_listener() {
    if (const socket_t socket = svr_sock_.exchange(INVALID_SOCKET); socket != INVALID_SOCKET) ::close(socket);
  }

  void serve(socket_t socket) {
    serving::bounded_stream stream(socket, ends);
    bool closed = false;
    (void)process_request(stream, true, closed, [](httplib::Request& request) {
      request.ranges.clear();  // answers are whole; pieces of them, as often as asked, could be large
    });
  }

 private:
  std::atomic<bool> ends{false};
};

}  // namespace

class debug_server::implementation {
 public:
  implementation(std::uint16_t port, std::string address) : address_(std::move(address)) {
    const bool private_to_machine = is_loopback(address_);
    // httplib's own choice, SO_REUSEPORT, lets two servers share a port.
    http_->set_socket_options([](socket_t socket) {
      const int yes = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    http_->set_pre_routing_handler(
        [this, private_to_machine](const httplib::Request& request, httplib::Response& response) {
          respond(request, response, private_to_machine);
          return httplib::Server::HandlerResponse::Handled;
        });
    errno = 0;
    int bound = port;
    if (port == 0) bound = http_->bind_to_any_port(address_);
    if (bound < 0 || (port != 0 && !http_->bind_to_port(address_, port))) throw cannot_listen(port, errno);
    port_ = static_cast<std::uint16_t>(bound);
    const without_signals inherited;
    workers_.emplace([this](int socket) { http_->serve(socket); });
    thread_ = std::thread([this] { http_->accept_for(*workers_); });
  }
  implementation(const implementation&) = delete;
  implementation& operator=(const implementation&) = delete;
  ~implementation() {
    answers_.end();
    http_->end();
    thread_.join();
  }

  // What the destructor of a debug_server does.
  static void end(std::unique_ptr<implementation> one) {
    if (one->process_ == ::getpid()) return;
    one->http_->close_listener();
    static implementation* left_behind = nullptr;  // so that they are no leaks
    one->left_behind_before_ = std::exchange(left_behind, one.get());
    (void)one.release();
  }

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] std::string url() const {
    const bool six = address_.find(':') != std::string::npos;
    return "http://" + (six ? "[" + address_ + "]" : address_) + ":" + std::to_string(port_);
  }
  [[nodiscard]] serving::answers& answers() noexcept { return answers_; }

 private:
  [[nodiscard]] std::system_error cannot_listen(std::uint16_t port, int error) const {
    std::string what = "steady::debug_server cannot listen at " + address_ + ":" + std::to_string(port);
    if (error == EADDRINUSE) what += " (choose another port, or 0 for any that is free)";
    if (error == EACCES) what += " (ports below 1024 need rights)";
    if (error == 0 || error == EADDRNOTAVAIL) what += " (that is no address of this machine)";
    return {error == 0 ? EADDRNOTAVAIL : error, std::generic_category(), what};
  }

  void respond(const httplib::Request& request, httplib::Response& response, bool private_to_machine) {
    serving::answer given;
    const std::string host = request.get_header_value("Host");  // browsers always have one
    if (private_to_machine && !host.empty() && !names_this_machine(host)) {
      given = {403, "text/plain; charset=utf-8",
               "This server is for its own machine: ask it as localhost or by its address.\n"};
    } else if (request.method != "GET" && request.method != "HEAD") {
      given = {405, "text/plain; charset=utf-8", "This server is read, never written: GET and HEAD only.\n"};
      response.set_header("Allow", "GET, HEAD");
    } else if (request.path == "/") {
      response.set_redirect("/debug/maps");
    } else {
      const bool open =
          request.get_header_value("Accept").find("application/openmetrics-text") != std::string::npos;
      given = answers_.to({request.path, request.params, open});
    }
    response.set_header("Cache-Control", "no-store");
    response.set_header("X-Content-Type-Options", "nosniff");
    if (given.content_type.empty()) return;  // the redirect
    response.status = given.status;
    response.set_content(given.body, given.content_type);
  }

  [[nodiscard]] static std::unique_ptr<http_server> make_http() {
    const same_sigpipe afterwards;
    return std::make_unique<http_server>();
  }

  std::string address_;
  std::uint16_t port_ = 0;
  serving::answers answers_;
  std::unique_ptr<http_server> http_ = make_http();
  std::optional<serving::workers> workers_;  // use all of the above
  std::thread thread_;
  const pid_t process_ = ::getpid();
  implementation* left_behind_before_ = nullptr;
};

debug_server::debug_server(std::uint16_t port, std::string address)
    : implementation_(std::make_unique<implementation>(port, std::move(address))) {}
debug_server::~debug_server() { implementation::end(std::move(implementation_)); }

std::uint16_t debug_server::port() const noexcept { return implementation_->port(); }
std::string debug_server::url() const { return implementation_->url(); }

void debug_server::profile(std::string name, profile_maker make) {
  implementation_->answers().profile(std::move(name), std::move(make));
}
void debug_server::trace(std::string name, trace_begin begin) {
  implementation_->answers().trace(std::move(name), std::move(begin));
}
void debug_server::contention(contention_count count) {
  implementation_->answers().contention(std::move(count));
}

}  // namespace steady
