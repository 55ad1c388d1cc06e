# steady_own_warnings(<target>): the warnings as errors, for what is compiled here and never for what uses it.
function(steady_own_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    # C++20 allows a variadic macro without arguments; clang 14 still warns, at each of GoogleTest's typed suites.
    target_compile_options(${target} PRIVATE -Wno-gnu-zero-variadic-macro-arguments)
  endif()
  # Not in a release build, make demo's: what a compiler finds at -O3 alone must not keep anybody from the program.
  set(as_error ON)
  if(CMAKE_BUILD_TYPE STREQUAL "Release")
    set(as_error OFF)
  endif()
  set_target_properties(${target} PROPERTIES COMPILE_WARNING_AS_ERROR ${as_error} CXX_EXTENSIONS OFF)
endfunction()

# steady_own_target(<target>): what every target of this repository gets and no target of a user ever does: the
# warnings as errors, the repository's root as include folder ("measure/...", "peers/...", "test/support/...").
function(steady_own_target target)
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "INTERFACE_LIBRARY")
    target_link_libraries(${target} INTERFACE steady::steady)
    target_include_directories(${target} INTERFACE ${PROJECT_SOURCE_DIR})
    return()
  endif()
  target_link_libraries(${target} PUBLIC steady::steady)
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR})
  steady_own_warnings(${target})
endfunction()

# steady_require(<package> <group>): find_package, with the command that installs what is missing.
macro(steady_require package group)
  find_package(${package} QUIET)
  if(NOT ${package}_FOUND)
    message(FATAL_ERROR "${package} was not found; it comes with: scripts/install-dependencies ${group}")
  endif()
endmacro()
