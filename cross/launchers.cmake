# Harnesses in Python start the programs by their path, which a kernel without binfmt refuses for a
# foreign one. ph_launchers(poshubd ...) puts a script of each program's name into run/ of the build
# folder; it becomes the program (exec), so that pids and signals are the program's own.
# POSHUB_BUILD=<build folder>/run is all that a harness needs to be told.
function(ph_launchers)
  if(NOT CMAKE_CROSSCOMPILING_EMULATOR)
    return()
  endif()
  foreach(program ${ARGN})
    if(TARGET ${program})
      file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/run/${program} CONTENT
           "#!/bin/sh\nexec ${CMAKE_CROSSCOMPILING_EMULATOR} $<TARGET_FILE:${program}> \"$@\"\n"
           FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
                            WORLD_READ WORLD_EXECUTE)
    endif()
  endforeach()
endfunction()

# ph_program(VARIABLE target): how a harness starts the target.
function(ph_program variable target)
  if(CMAKE_CROSSCOMPILING_EMULATOR)
    set(${variable} ${CMAKE_BINARY_DIR}/run/${target} PARENT_SCOPE)
  else()
    set(${variable} $<TARGET_FILE:${target}> PARENT_SCOPE)
  endif()
endfunction()

# How long one unit test may take; an emulator is slow.
set(PH_UNIT_SECONDS 120)
if(CMAKE_CROSSCOMPILING_EMULATOR)
  set(PH_UNIT_SECONDS 1200)
endif()
