# Cross builds with zig's C and C++ compiler, which brings libc and libc++ of every target along.
#   ZIG_TARGET   e.g. x86_64-linux-gnu.2.17, aarch64-linux-musl, aarch64-macos.11.0
#   ZIG          the zig executable itself: `python -m ziglang` would cost a Python start per file
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES ZIG_TARGET ZIG)
if(ZIG_TARGET MATCHES "macos")
  set(CMAKE_SYSTEM_NAME Darwin)
else()
  set(CMAKE_SYSTEM_NAME Linux)
endif()
string(REGEX MATCH "^[^-]+" CMAKE_SYSTEM_PROCESSOR "${ZIG_TARGET}")

# CMake wants one program per tool, zig is one program for all: scripts in between.
set(wrappers "${CMAKE_BINARY_DIR}/zig-wrappers")
if(NOT CMAKE_C_COMPILER)
  foreach(tool cc c++ ar ranlib)
    set(target "")
    if(tool MATCHES "^c")
      set(target "-target ${ZIG_TARGET}")
    endif()
    file(WRITE "${wrappers}/${tool}" "#!/bin/sh\nexec '${ZIG}' ${tool} ${target} \"$@\"\n")
    file(CHMOD "${wrappers}/${tool}" FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
  endforeach()
  set(CMAKE_C_COMPILER "${wrappers}/cc")
  set(CMAKE_CXX_COMPILER "${wrappers}/c++")
  set(CMAKE_AR "${wrappers}/ar" CACHE FILEPATH "" FORCE)
  set(CMAKE_RANLIB "${wrappers}/ranlib" CACHE FILEPATH "" FORCE)
endif()
if(CMAKE_SYSTEM_NAME STREQUAL "Darwin")
  set(CMAKE_INSTALL_NAME_TOOL /bin/true CACHE FILEPATH "") # asked for, never used: nothing is installed
endif()
