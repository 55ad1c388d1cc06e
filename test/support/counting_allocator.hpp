// An allocator that writes down everything it is asked for, and can refuse.
//
// All copies and rebinds of one allocator share one log, so the log sees every block of a container, whatever
// the type it was asked for. Sizes are those asked for; what malloc rounds up is measured elsewhere.
//
// Invariants: live_blocks and live_bytes return to what they were once the container is gone; a block must
// come back with the size it was asked with (else the log says `mismatched`).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <unordered_map>

namespace steady_test {

struct allocation_log {
  std::size_t allocations = 0;
  std::size_t releases = 0;
  std::size_t live_blocks = 0;
  std::size_t live_bytes = 0;
  std::size_t peak_bytes = 0;
  std::size_t allocated_bytes = 0;  // over the whole life
  std::size_t largest = 0;  // the largest single block since the last begin_window()
  std::size_t mismatched = 0;

  // Counts since the last begin_window(): what one operation did.
  std::size_t window_allocations = 0;
  std::size_t window_releases = 0;

  static constexpr std::size_t never = static_cast<std::size_t>(-1);
  std::size_t fail_after = never;  // so many more allocations succeed, then every one throws until set again
  std::size_t refused = 0;

  bool check_sizes = false;  // costs a table of all blocks; for the smaller tests

  // What glibc's malloc takes for the live blocks: 8 bytes more for each, in steps of 16. Precondition: check_sizes.
  [[nodiscard]] std::size_t malloc_bytes() const {
    std::size_t bytes = 0;
    for (const auto& [block, asked_for] : blocks_) bytes += (asked_for + 8 + 15) / 16 * 16;
    return bytes;
  }

  void begin_window() noexcept {
    window_allocations = 0;
    window_releases = 0;
    largest = 0;
  }

  void* allocate(std::size_t bytes, std::size_t alignment) {
    if (fail_after == 0) {
      ++refused;
      throw std::bad_alloc();
    }
    void* block = alignment > __STDCPP_DEFAULT_NEW_ALIGNMENT__
                      ? ::operator new(bytes, std::align_val_t(alignment))
                      : ::operator new(bytes);
    if (fail_after != never) --fail_after;
    if (check_sizes) blocks_[block] = bytes;
    ++allocations;
    ++window_allocations;
    ++live_blocks;
    live_bytes += bytes;
    allocated_bytes += bytes;
    if (live_bytes > peak_bytes) peak_bytes = live_bytes;
    if (bytes > largest) largest = bytes;
    return block;
  }

  void release(void* block, std::size_t bytes, std::size_t alignment) noexcept {
    if (check_sizes) {
      const auto found = blocks_.find(block);
      if (found == blocks_.end() || found->second != bytes) {
        ++mismatched;
      } else {
        blocks_.erase(found);
      }
    }
    ++releases;
    ++window_releases;
    --live_blocks;
    live_bytes -= bytes;
    if (alignment > __STDCPP_DEFAULT_NEW_ALIGNMENT__) {
      ::operator delete(block, std::align_val_t(alignment));
    } else {
      ::operator delete(block);
    }
  }

 private:
  std::unordered_map<void*, std::size_t> blocks_;
};

inline allocation_log& default_log() {
  static allocation_log log;
  return log;
}

template <class T>
class counting_allocator {
 public:
  using value_type = T;
  using propagate_on_container_move_assignment = std::true_type;
  using propagate_on_container_swap = std::true_type;

  counting_allocator() noexcept : log_(&default_log()) {}
  explicit counting_allocator(allocation_log& log) noexcept : log_(&log) {}
  template <class U>
  counting_allocator(const counting_allocator<U>& other) noexcept : log_(&other.log()) {}

  T* allocate(std::size_t n) { return static_cast<T*>(log_->allocate(n * sizeof(T), alignof(T))); }
  void deallocate(T* block, std::size_t n) noexcept { log_->release(block, n * sizeof(T), alignof(T)); }

  allocation_log& log() const noexcept { return *log_; }

  template <class U>
  friend bool operator==(const counting_allocator& a, const counting_allocator<U>& b) noexcept {
    return &a.log() == &b.log();
  }

 private:
  allocation_log* log_;
};

}  // namespace steady_test
