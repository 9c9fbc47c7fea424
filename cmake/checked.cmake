# NODE_PVXS_CHECKED: the linker leads the addon's calls of Node-API through binding/checked, which aborts when one comes
# from another thread than the environment's own. The names are those that binding/checked/own_thread.cpp wraps.
file(STRINGS "${NODE_PVXS_BINDING}/checked/own_thread.cpp" wrapped REGEX "^CHECKED\\(")
foreach(line IN LISTS wrapped)
  string(REGEX MATCH "napi_[a-z_0-9]+" name "${line}")
  target_link_options(node_pvxs PRIVATE "-Wl,--wrap=${name}")
endforeach()
target_compile_definitions(node_pvxs PRIVATE NODE_PVXS_CHECKED)
