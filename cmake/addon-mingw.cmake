# Node-API comes from the executable that loads the addon: an import library made from the list of its functions,
# delay-loaded so that our hook can look for them in an executable of any name.
list(GET CMAKE_JS_INC 0 node_api_headers)
set(node_def "${node_api_headers}/../def/node_api.def")
set(node_lib "${CMAKE_BINARY_DIR}/libnode_api.a")
find_program(DLLTOOL NAMES x86_64-w64-mingw32-dlltool dlltool REQUIRED)
add_custom_command(OUTPUT "${node_lib}" DEPENDS "${node_def}" VERBATIM
  COMMAND "${DLLTOOL}" --input-def "${node_def}" --output-delaylib "${node_lib}")
target_sources(node_pvxs PRIVATE "${PROJECT_SOURCE_DIR}/cmake/delay_load_hook.c" "${node_lib}")
# -static: libstdc++, libgcc and winpthread go into the file; only the system's own DLLs remain outside
target_link_libraries(node_pvxs PRIVATE "${node_lib}")
target_link_options(node_pvxs PRIVATE -static $<$<BOOL:${NODE_PVXS_STRIP}>:-s>)
