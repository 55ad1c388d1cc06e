# IBM Z: the big-endian machine.
set(machine s390x)
include(${CMAKE_CURRENT_LIST_DIR}/linux-gnu-by-clang.cmake)
