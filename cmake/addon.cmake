# The addon: binding/*.cpp and everything below it in one file, build/Release/node_pvxs.node.
set(NODE_PVXS_BINDING "${PROJECT_SOURCE_DIR}/binding" CACHE PATH "folder of the addon's own sources")
file(GLOB addon_sources CONFIGURE_DEPENDS "${NODE_PVXS_BINDING}/*.cpp")
if(NODE_PVXS_CHECKED)
  file(GLOB checked_sources CONFIGURE_DEPENDS "${NODE_PVXS_BINDING}/checked/*.cpp")
  list(APPEND addon_sources ${checked_sources})
endif()
if(NOT addon_sources)
  message(WARNING "no sources in ${NODE_PVXS_BINDING}: the addon is not built")
  return()
endif()

# SHARED on macOS: dlopen takes both kinds, and zig's linker makes a broken file of a MODULE there.
if(APPLE)
  add_library(node_pvxs SHARED ${addon_sources} ${CMAKE_JS_SRC})
else()
  add_library(node_pvxs MODULE ${addon_sources} ${CMAKE_JS_SRC})
endif()
set_target_properties(node_pvxs PROPERTIES PREFIX "" SUFFIX ".node")
target_include_directories(node_pvxs SYSTEM PRIVATE ${CMAKE_JS_INC})
target_compile_definitions(node_pvxs PRIVATE
  NAPI_VERSION=9
  NAPI_CPP_EXCEPTIONS
  NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS) # else a callback that meets a dying worker aborts the process
target_link_libraries(node_pvxs PRIVATE core ${CMAKE_JS_LIB})
our_warnings(node_pvxs)
if(NODE_PVXS_CHECKED)
  include(cmake/checked.cmake)
endif()
if(NODE_PVXS_SANITIZE MATCHES "undefined") # node-addon-api's templates do not compile under these with GCC 12
  target_compile_options(node_pvxs PRIVATE -fno-sanitize=null,nonnull-attribute,returns-nonnull-attribute)
endif()

if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  set(exports "${PROJECT_SOURCE_DIR}/cmake/exports.map")
  # nodelete: Node unmaps the addon with the last worker that used it, while threads of libCom go on.
  # version script: PVXS marks its API visible; only Node's entry points may leave the file.
  target_link_options(node_pvxs PRIVATE -Wl,-z,nodelete "-Wl,--version-script=${exports}")
  set_property(TARGET node_pvxs APPEND PROPERTY LINK_DEPENDS "${exports}")
  if(NOT NODE_PVXS_SANITIZE)
    target_link_options(node_pvxs PRIVATE -Wl,--gc-sections -static-libstdc++ -static-libgcc)
  endif()
  if(NODE_PVXS_STRIP)
    target_link_options(node_pvxs PRIVATE -s)
  endif()
elseif(APPLE)
  # install_name: zig would record the path of the build folder.
  target_link_options(node_pvxs PRIVATE -Wl,-undefined,dynamic_lookup -Wl,-dead_strip
    -Wl,-install_name,@rpath/node_pvxs.node)
  if(NODE_PVXS_STRIP) # by the linker, which signs what it writes; a strip afterwards would break the signature
    target_link_options(node_pvxs PRIVATE -Wl,-x -Wl,-S)
  endif()
elseif(MINGW)
  include(cmake/addon-mingw.cmake)
elseif(MSVC)
  # The import library of Node-API, made from the list of its functions; delayed, as cmake-js asks the linker for.
  execute_process(COMMAND "${CMAKE_AR}" "/def:${CMAKE_JS_NODELIB_DEF}" "/out:${CMAKE_JS_NODELIB_TARGET}"
    ${CMAKE_STATIC_LINKER_FLAGS} RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "${CMAKE_JS_NODELIB_TARGET} could not be made: ${failed}")
  endif()
  target_link_libraries(node_pvxs PRIVATE delayimp)
endif()
