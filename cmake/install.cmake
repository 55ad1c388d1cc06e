# cmake --install: the headers, a package for find_package(steady), and steady.pc for pkg-config. Everything but the debug
# server and the profiles, which install themselves, is independent of the architecture, so all of it goes under include/ and share/.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(steady_package_dir ${CMAKE_INSTALL_DATADIR}/cmake/steady)
install(TARGETS steady EXPORT steady-targets
  FILE_SET public_headers DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILE_SET detail_headers DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT steady-targets NAMESPACE steady:: DESTINATION ${steady_package_dir})

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/steady-config.cmake.in
  ${PROJECT_BINARY_DIR}/steady-config.cmake INSTALL_DESTINATION ${steady_package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/steady-config-version.cmake
  COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${PROJECT_BINARY_DIR}/steady-config.cmake ${PROJECT_BINARY_DIR}/steady-config-version.cmake
  DESTINATION ${steady_package_dir})

# The .pc file finds its prefix from its own place (pcfiledir), so an installed tree may be moved.
set(steady_pkgconfig_dir ${CMAKE_INSTALL_DATADIR}/pkgconfig)
file(RELATIVE_PATH steady_prefix_from_pc
  ${CMAKE_INSTALL_FULL_DATADIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" steady_prefix_from_pc "${steady_prefix_from_pc}")
configure_file(${CMAKE_CURRENT_LIST_DIR}/steady.pc.in ${PROJECT_BINARY_DIR}/steady.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/steady.pc DESTINATION ${steady_pkgconfig_dir})

# What debuggers load (docs/debuggers.md). gdb and lldb share the Python package beside them, found from their own place.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/extra/ DESTINATION ${CMAKE_INSTALL_DATADIR}/steady
  FILES_MATCHING PATTERN *.py PATTERN *.natvis PATTERN __pycache__ EXCLUDE)
