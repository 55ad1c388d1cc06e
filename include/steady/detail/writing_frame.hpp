// Which maps a thread is writing: how a write that is met by its own thread is told from one of another.
#pragma once

namespace steady::detail {

// The maps this thread is writing, innermost first.
struct writing_frame {
  const void* map;
  const writing_frame* outer;
};
inline thread_local const writing_frame* writing_frames = nullptr;

// Whether this thread is writing the map in another scope than `own`, which is the one that asks.
[[nodiscard]] inline bool is_writing(const void* map, const writing_frame* own) noexcept {
  for (const writing_frame* frame = writing_frames; frame != nullptr; frame = frame->outer)
    if (frame->map == map && frame != own) return true;
  return false;
}

struct no_frame {
  explicit no_frame(const void*) noexcept {}
  [[nodiscard]] static const writing_frame* own() noexcept { return nullptr; }
  static void name(const void*) noexcept {}
};
struct noted_frame {
  writing_frame frame;
  explicit noted_frame(const void* map) noexcept : frame{map, writing_frames} { writing_frames = &frame; }
  noted_frame(const noted_frame&) = delete;
  noted_frame& operator=(const noted_frame&) = delete;
  ~noted_frame() { writing_frames = frame.outer; }
  [[nodiscard]] const writing_frame* own() const noexcept { return &frame; }
  // Another map from now on, or none: null.
  void name(const void* map) noexcept { frame.map = map; }
};

}  // namespace steady::detail
