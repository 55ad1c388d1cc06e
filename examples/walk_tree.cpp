// A bounded parallel walk of a directory tree: at most four threads read directories, the main thread adds up what they find, and
// closing one channel ends all of it at any time.
//
//   walk_tree [FOLDER [LIMIT]]      counts files and bytes; stops after LIMIT files
//
// The threads both take folders from the queue and put new ones into it; with a bounded queue alone, all of them could come to
// wait for room. So a folder that finds no room is read by the thread that found it: the default case of select.
#include <steady/select.hpp>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

namespace files = std::filesystem;

namespace {

struct tree_walk {
  steady::chan<files::path> folders{64, "folders"};
  steady::chan<std::uintmax_t> sizes{64, "sizes"};
  steady::chan<int> quit{0, "quit"};
  std::atomic<long> unread{0};  // folders known and not yet read

  // False once the walk has been cancelled.
  bool read(const files::path& folder) {
    std::error_code ignored;  // what cannot be read is not counted
    for (files::directory_iterator at(folder, ignored), end; at != end; at.increment(ignored)) {
      if (at->is_symlink(ignored)) continue;
      if (at->is_directory(ignored)) {
        ++unread;
        files::path found = at->path();
        if (steady::select(steady::send(folders, std::move(found)), steady::otherwise()) == 1 && !read(found))
          return false;
      } else if (at->is_regular_file(ignored)) {
        if (steady::select(steady::send(sizes, at->file_size(ignored)), steady::recv(quit)) == 1)
          return false;
      }
    }
    if (--unread == 0) folders.close();
    return true;
  }

  void work() {
    for (bool going = true; going;)
      steady::select(
          steady::recv(folders, [&](std::optional<files::path> next) { going = next && read(*next); }),
          steady::recv(quit, [&] { going = false; }));
  }
};

}  // namespace

int main(int argument_count, char** arguments) {
  const files::path root = argument_count > 1 ? arguments[1] : ".";
  const long limit = argument_count > 2 ? std::atol(arguments[2]) : 1000;
  tree_walk walk;
  walk.unread = 1;
  walk.folders.send(root);

  std::atomic<int> readers{4};
  std::vector<std::thread> threads;
  for (int n = readers; n > 0; --n)
    threads.emplace_back([&] {
      walk.work();
      if (--readers == 0) walk.sizes.close();  // the last one turns off the light
    });

  long count = 0;
  std::uintmax_t bytes = 0;
  bool cancelled = false;
  for (const std::uintmax_t size : walk.sizes) {
    ++count;
    bytes += size;
    if (count >= limit && !cancelled) {
      walk.quit.close();
      cancelled = true;
    }
  }
  for (std::thread& each : threads) each.join();
  std::printf("%ld files, %ju bytes%s\n", count, bytes, cancelled ? " (cancelled)" : "");
  return 0;
}
