# Another machine's Linux by clang, which compiles unoptimised code in half of gcc's time, with the libraries of the cross compiler
# and under the emulator. Included by a toolchain that has set `machine`.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR ${machine})
set(CMAKE_CXX_COMPILER clang++-19)
set(CMAKE_C_COMPILER clang-19)
set(CMAKE_CXX_COMPILER_TARGET ${machine}-linux-gnu)
set(CMAKE_C_COMPILER_TARGET ${machine}-linux-gnu)
set(CMAKE_EXE_LINKER_FLAGS_INIT -fuse-ld=lld)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-${machine} -L /usr/${machine}-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
