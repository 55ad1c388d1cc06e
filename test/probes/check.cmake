# cmake -DREADELF=... -DWITH=... -DWITHOUT=... -P check.cmake
set(expected channel_waiting channel_runnable channel_running channel_gone)
foreach(kind IN ITEMS growth_started growth_finished split merged same_size_growth shrink overflow_made overflow_freed
    block_allocated block_freed reseed clear ended long_probe misuse loop_started loop_ended erase insert)
  list(APPEND expected map_${kind})
endforeach()

foreach(program IN ITEMS "${WITH}" "${WITHOUT}")
  execute_process(COMMAND "${program}" RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${program} ended with ${status}")
  endif()
endforeach()

execute_process(COMMAND "${READELF}" -n "${WITH}" OUTPUT_VARIABLE notes COMMAND_ERROR_IS_FATAL ANY)
foreach(name IN LISTS expected)
  if(NOT notes MATCHES "Provider: steady[ \n]+Name: ${name}\n")
    message(FATAL_ERROR "built with STEADY_USDT, ${WITH} has no probe ${name}; readelf says:\n${notes}")
  endif()
endforeach()
execute_process(COMMAND "${READELF}" -n "${WITHOUT}" OUTPUT_VARIABLE notes COMMAND_ERROR_IS_FATAL ANY)
if(notes MATCHES "steady|stapsdt")
  message(FATAL_ERROR "built without STEADY_USDT, ${WITHOUT} has probes; readelf says:\n${notes}")
endif()
