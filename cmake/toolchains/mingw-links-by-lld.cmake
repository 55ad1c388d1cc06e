# The linker of x86_64-w64-mingw32.cmake; a file of its own because CMake reads it after the platform's rules, which would replace
# what a toolchain says.
set(CMAKE_CXX_LINK_EXECUTABLE
  "clang++-19 --target=x86_64-w64-mingw32 -fuse-ld=lld -static -pthread <LINK_FLAGS> <OBJECTS> -o <TARGET> <LINK_LIBRARIES>")
