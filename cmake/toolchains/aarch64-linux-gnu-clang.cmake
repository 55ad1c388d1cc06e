# 64-bit ARM, the NEON tag matching, by clang.
set(machine aarch64)
include(${CMAKE_CURRENT_LIST_DIR}/linux-gnu-by-clang.cmake)
