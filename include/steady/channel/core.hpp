// The channel itself, without its element type: Go's hchan.
//
// One block of memory holds this header and the ring buffer behind it. Names are Go's: qcount elements of dataqsiz lie in
// the ring, sendx is where the next one goes, recvx where the oldest is; sendq and recvq are the blocked operations in
// order of arrival. Everything but the count of references is guarded by one lock.
//
// An operation that makes a blocked one possible completes it itself: a send finds the first waiting receiver and puts the
// value into its place; a receive from a full buffer takes the oldest element and puts the first blocked sender's
// value at the end. So nobody is overtaken, and a woken operation has nothing left to compete for.
//
// Invariants (leaving aside waiters whose operation has been claimed elsewhere and which have not left yet):
//   qcount > 0         implies recvq is empty
//   qcount < dataqsiz  implies sendq is empty
//   not both queues non-empty, but for one select that waits on both sides of an unbuffered channel
//   closed             implies both queues are empty
//
// Lifetime: handles count, and so do blocked operations that somebody else than the channel may end, until they have left. One that
// only the channel ends does not: the channel is not freed while it stands in a queue, and it never looks at the channel again once
// it has been taken out. So a channel without a count and with waiters is an orphan; the last of them to be destroyed frees it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <memory_resource>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "../detail/exceptions.hpp"
#include "element.hpp"
#include "lock.hpp"
#include "naming.hpp"
#include "registry.hpp"
#include "waiter.hpp"

namespace steady::detail::channel {

// How an operation ended.
enum class outcome : std::uint8_t { completed, closed, would_block, timed_out, stopped };

class core : public registered {
 public:
  core(const core&) = delete;
  core& operator=(const core&) = delete;

  // From `memory`, or, if that is null, by operator new.
  [[nodiscard]] static core* make(const element_operations& elements, std::size_t capacity, std::string name,
                                  std::pmr::memory_resource* memory = nullptr) {
    const std::size_t alignment = block_alignment(elements);
    const std::size_t offset = ring_offset(elements);
    if (capacity > (std::numeric_limits<std::ptrdiff_t>::max() - offset) / elements.size)
      raise<std::length_error>("steady::chan: size out of range");
    const std::size_t bytes = offset + capacity * elements.size;
    std::unique_ptr<naming> named =
        name.empty() ? nullptr : std::make_unique<naming>(std::move(name), elements);
    void* const block = memory == nullptr ? ::operator new(bytes, std::align_val_t{alignment})
                                          : memory->allocate(bytes, alignment);
    core* const made = ::new (block) core(elements, capacity, std::move(named), memory);
    all_channels.enter(made);
    if (made->named_ != nullptr) made->named_->list(made);
    return made;
  }

  void retain() noexcept {
    if (single_threaded()) {
      references_.store(references_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    } else {
      references_.fetch_add(1, std::memory_order_relaxed);
    }
  }
  void release() noexcept {
    if (single_threaded()) {
      const std::size_t left = references_.load(std::memory_order_relaxed) - 1;
      references_.store(left, std::memory_order_relaxed);
      if (left == 0) end();
    } else if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      end();
    }
  }

  // Takes out the uncounted waiter of a coroutine that is being destroyed; false if it has been claimed, and the channel may be gone.
  // The registry's lock keeps it from going while this finds out.
  [[nodiscard]] STEADY_COLD static bool abandon(waiter& leaving, waiter* by) noexcept {
    core* const channel = leaving.channel;
    bool orphan_ends = false;
    {
      const lock_guard channels_stay(all_channels.mutex());
      if (leaving.owner->winner.load(std::memory_order_acquire) != nullptr) return false;
      const lock_guard guard(channel->lock_);
      if (!leaving.queued) return false;
      channel->queue_of(leaving.side).remove(&leaving);
      (void)leaving.owner->claim(by);
      orphan_ends = channel->orphaned_ && !channel->has_waiters();
    }
    if (orphan_ends) channel->destroy();
    return true;
  }

  [[nodiscard]] lock& mutex() noexcept { return lock_; }
  [[nodiscard]] std::string_view name() const noexcept {
    return named_ == nullptr ? std::string_view{} : named_->name();
  }
  [[nodiscard]] std::size_t dataqsiz() const noexcept { return dataqsiz_; }

  // The following are called under the lock.

  [[nodiscard]] outcome try_send(void* value, wake_list& woken) noexcept {
    if (closed_) return outcome::closed;
    if (waiter* const receiver = recvq_.claim_first()) {
      elements_.deliver(receiver->place, value, elements_);
      complete(receiver, woken);
      return outcome::completed;
    }
    if (qcount_ == dataqsiz_) return outcome::would_block;
    elements_.store(element(sendx_), value);
    sendx_ = after(sendx_);
    ++qcount_;
    return outcome::completed;
  }

  [[nodiscard]] outcome try_receive(void* to, wake_list& woken) noexcept {
    if (qcount_ > 0) {
      void* const oldest = element(recvx_);
      elements_.deliver(to, oldest, elements_);
      if (elements_.destroy != nullptr) elements_.destroy(oldest);
      recvx_ = after(recvx_);
      --qcount_;
      // The buffer was full, if anybody waits: the place just freed is the one behind the youngest element.
      if (waiter* const sender = sendq_.claim_first()) {
        elements_.store(element(sendx_), sender->place);
        sendx_ = after(sendx_);
        ++qcount_;
        complete(sender, woken);
      }
      return outcome::completed;
    }
    if (closed_) return outcome::closed;
    if (waiter* const sender = sendq_.claim_first()) {
      elements_.deliver(to, sender->place, elements_);
      complete(sender, woken);
      return outcome::completed;
    }
    return outcome::would_block;
  }

  [[nodiscard]] outcome attempt(direction side, void* place, wake_list& woken) noexcept {
    return side == direction::send ? try_send(place, woken) : try_receive(place, woken);
  }

  // Whether an operation on that side would end without waiting: a value passes, or the channel is closed. A waiter on the
  // other side may still be claimed elsewhere before it is asked, so this is a guess that attempt_case() confirms.
  [[nodiscard]] bool is_ready(direction side) noexcept {
    if (closed_) return true;
    if (side == direction::send) return qcount_ < dataqsiz_ || has_unclaimed(recvq_);
    return qcount_ > 0 || has_unclaimed(sendq_);
  }

  void enqueue(waiter* arriving) noexcept { queue_of(arriving->side).push(arriving); }
  void remove(waiter* leaving) noexcept {
    if (leaving->queued) queue_of(leaving->side).remove(leaving);
  }

  // False if it was closed before. Whoever waits is woken without a value having passed.
  [[nodiscard]] bool close(wake_list& woken) noexcept {
    if (closed_) return false;
    closed_ = true;
    for (waiter_queue* const each : {&recvq_, &sendq_})
      while (waiter* const waiting = each->claim_first()) woken.add(waiting);
    return true;
  }

  [[nodiscard]] std::size_t qcount() const noexcept { return qcount_; }
  [[nodiscard]] std::size_t sendx() const noexcept { return sendx_; }
  [[nodiscard]] std::size_t recvx() const noexcept { return recvx_; }
  [[nodiscard]] bool closed() const noexcept { return closed_; }
  [[nodiscard]] const waiter_queue& queue(direction side) const noexcept {
    return side == direction::send ? sendq_ : recvq_;
  }
  // Counted from the oldest.
  [[nodiscard]] const void* buffered(std::size_t position) noexcept {
    const std::size_t before_wrap = dataqsiz_ - recvx_;
    return element(position < before_wrap ? recvx_ + position : position - before_wrap);
  }

 private:
  core(const element_operations& elements, std::size_t capacity, std::unique_ptr<naming>&& named,
       std::pmr::memory_resource* memory) noexcept
      : elements_(named == nullptr ? elements : named->operations()), dataqsiz_(capacity),
        named_(std::move(named)), ring_(reinterpret_cast<std::byte*>(this) + ring_offset(elements)),
        memory_(memory) {}
  ~core() {
    if (elements_.destroy == nullptr) return;
    for (; qcount_ > 0; --qcount_, recvx_ = after(recvx_)) elements_.destroy(element(recvx_));
  }

  // Nobody counts it any more.
  STEADY_COLD void end() noexcept {
    {
      const lock_guard guard(lock_);
      orphaned_ = has_waiters();
      if (orphaned_) return;
    }
    destroy();
  }
  STEADY_COLD void destroy() noexcept {
    if (named_ != nullptr) named_->leave(qcount_);
    all_channels.leave(this);
    const std::size_t alignment = block_alignment(elements_);
    const std::size_t bytes = ring_offset(elements_) + dataqsiz_ * elements_.size;
    std::pmr::memory_resource* const memory = memory_;
    this->~core();
    if (memory == nullptr) {
      ::operator delete(static_cast<void*>(this), std::align_val_t{alignment});
    } else {
      memory->deallocate(this, bytes, alignment);
    }
  }

  static constexpr std::size_t cache_line = 64;
  [[nodiscard]] static std::size_t block_alignment(const element_operations& elements) noexcept {
    return elements.alignment > cache_line ? elements.alignment : cache_line;
  }
  [[nodiscard]] static std::size_t ring_offset(const element_operations& elements) noexcept {
    return (sizeof(core) + elements.alignment - 1) / elements.alignment * elements.alignment;
  }

  [[nodiscard]] void* element(std::size_t at) noexcept { return ring_ + at * elements_.size; }
  [[nodiscard]] std::size_t after(std::size_t at) const noexcept { return at + 1 == dataqsiz_ ? 0 : at + 1; }
  [[nodiscard]] bool has_waiters() const noexcept { return !recvq_.empty() || !sendq_.empty(); }
  [[nodiscard]] waiter_queue& queue_of(direction side) noexcept {
    return side == direction::send ? sendq_ : recvq_;
  }

  static void complete(waiter* other, wake_list& woken) noexcept {
    other->completed = true;
    woken.add(other);
  }

  // Claimed waiters at the head are dropped: their owners are on their way out.
  [[nodiscard]] static bool has_unclaimed(waiter_queue& queue) noexcept {
    while (waiter* const first = queue.first()) {
      if (first->owner->winner.load(std::memory_order_acquire) == nullptr) return true;
      queue.remove(first);
    }
    return false;
  }

  // Two cache lines: what stays as it is, or nearly so, and what operations write.
  const element_operations& elements_;
  const std::size_t dataqsiz_;
  const std::unique_ptr<naming> named_;  // null: it has no name
  std::byte* const ring_;
  std::pmr::memory_resource* const memory_;
  std::atomic<std::size_t> references_{1};
  alignas(cache_line) lock lock_;
  bool closed_ = false;
  bool orphaned_ = false;
  std::size_t qcount_ = 0;
  std::size_t sendx_ = 0;
  std::size_t recvx_ = 0;
  waiter_queue recvq_;
  waiter_queue sendq_;
};

}  // namespace steady::detail::channel
