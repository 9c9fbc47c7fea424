# The core: src/**/*.cpp as a static library. Knows PVXS, not Node.

# our_warnings(<target>): strict in our own files; everything from outside comes in as SYSTEM.
function(our_warnings target)
  if(MSVC)
    target_compile_options(${target} PRIVATE /W4 $<$<BOOL:${NODE_PVXS_WERROR}>:/WX>)
  else()
    target_compile_options(${target} PRIVATE -Wall -Wextra $<$<BOOL:${NODE_PVXS_WERROR}>:-Werror>)
  endif()
endfunction()

file(GLOB_RECURSE core_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/*.cpp")
add_library(core STATIC ${core_sources})
target_include_directories(core PUBLIC "${PROJECT_SOURCE_DIR}/src")
target_link_libraries(core PRIVATE pvxs::pvxs) # its headers are not for binding/, which links the core
our_warnings(core)
