#include "profile/stack.hpp"

#include <execinfo.h>

namespace steady::profiling {

stack_here::stack_here() noexcept : number_(backtrace(frames_, most_frames)) {}

void prepare_stacks() noexcept { [[maybe_unused]] const stack_here first; }

}  // namespace steady::profiling
