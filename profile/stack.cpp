#include "profile/stack.hpp"

#include <execinfo.h>

#include <algorithm>

namespace steady::profiling {

stack_here::stack_here() noexcept : number_(backtrace(frames_, most_frames)) {
  // Before our caller come we, and, under a sanitizer, its own backtrace().
  void** const end = frames_ + number_;
  if (void** const caller = std::find(frames_, end, __builtin_return_address(0)); caller != end)
    first_ = static_cast<int>(caller - frames_);
}

void prepare_stacks() noexcept { [[maybe_unused]] const stack_here first; }

}  // namespace steady::profiling
