# 64-bit Windows by mingw-w64, run under wine: a long of 32 bits, another C library. The -posix compiler is the one
# with std::mutex and std::thread; linked statically, so that no library has to be found beside the program, and by lld: GNU's
# linker takes half a minute for the sections of a typed test, lld a second, but this gcc would not call it.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_CXX_COMPILER x86_64-w64-mingw32-g++-posix)
set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc-posix)
# The typed tests have more sections, one a template's function, than an object file of the old format can number.
set(CMAKE_CXX_FLAGS_INIT -Wa,-mbig-obj)
set(CMAKE_USER_MAKE_RULES_OVERRIDE ${CMAKE_CURRENT_LIST_DIR}/mingw-links-by-lld.cmake)
set(CMAKE_CROSSCOMPILING_EMULATOR wine)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
