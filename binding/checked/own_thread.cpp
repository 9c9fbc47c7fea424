#include "own_thread.h"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <thread>

namespace nodepvxs {

namespace {

struct Owners {
    std::mutex lock;
    std::map<napi_env, std::thread::id> threads;
};

Owners& owners() {
    static auto leaked = new Owners;
    return *leaked;
}

void check(napi_env env, const char* call) {
    auto& all = owners();
    std::lock_guard<std::mutex> guard(all.lock);
    auto owner = all.threads.find(env);
    if (owner == all.threads.end() || owner->second == std::this_thread::get_id()) return;
    std::fprintf(stderr, "node-pvxs: %s off its environment's thread\n", call);
    std::abort();
}

} // namespace

void ownThread(Napi::Env env) {
    auto& all = owners();
    std::lock_guard<std::mutex> guard(all.lock);
    all.threads[env] = std::this_thread::get_id();
}

void exportTrials(Napi::Object exports) {
    auto env = exports.Env();
    exports.Set("dieElsewhere", Napi::Function::New(env, [](const Napi::CallbackInfo& info) {
                    auto reference = Napi::Persistent(Napi::Object::New(info.Env()));
                    std::thread([&reference] { reference.Reset(); }).join();
                }));
    exports.Set("leak", Napi::Function::New(env, [](const Napi::CallbackInfo&) {
                    char* volatile lost = new char[4096];
                    lost = nullptr;
                }));
}

} // namespace nodepvxs

// ld's --wrap: __wrap_x takes the addon's calls of x, __real_x is x itself. cmake/checked.cmake reads the names below.
#define CHECKED(name, parameters, arguments)                                                       \
    extern "C" napi_status __real_##name parameters;                                               \
    extern "C" napi_status __wrap_##name parameters {                                              \
        nodepvxs::check(env, #name);                                                               \
        return __real_##name arguments;                                                            \
    }

// clang-format off
CHECKED(napi_create_reference, (napi_env env, napi_value value, uint32_t count, napi_ref* out), (env, value, count, out))
CHECKED(napi_delete_reference, (napi_env env, napi_ref reference), (env, reference))
CHECKED(napi_reference_ref, (napi_env env, napi_ref reference, uint32_t* out), (env, reference, out))
CHECKED(napi_reference_unref, (napi_env env, napi_ref reference, uint32_t* out), (env, reference, out))
CHECKED(napi_get_reference_value, (napi_env env, napi_ref reference, napi_value* out), (env, reference, out))
CHECKED(napi_open_handle_scope, (napi_env env, napi_handle_scope* out), (env, out))
CHECKED(napi_close_handle_scope, (napi_env env, napi_handle_scope scope), (env, scope))
CHECKED(napi_call_function, (napi_env env, napi_value self, napi_value function, size_t argc, const napi_value* argv, napi_value* out), (env, self, function, argc, argv, out))
CHECKED(napi_create_external_arraybuffer, (napi_env env, void* data, size_t bytes, napi_finalize finalize, void* hint, napi_value* out), (env, data, bytes, finalize, hint, out))
CHECKED(napi_create_arraybuffer, (napi_env env, size_t bytes, void** data, napi_value* out), (env, bytes, data, out))
CHECKED(napi_get_global, (napi_env env, napi_value* out), (env, out))
CHECKED(napi_fatal_exception, (napi_env env, napi_value error), (env, error))
CHECKED(napi_add_env_cleanup_hook, (napi_env env, napi_cleanup_hook hook, void* hint), (env, hook, hint))
CHECKED(napi_remove_env_cleanup_hook, (napi_env env, napi_cleanup_hook hook, void* hint), (env, hook, hint))
CHECKED(napi_ref_threadsafe_function, (napi_env env, napi_threadsafe_function function), (env, function))
CHECKED(napi_unref_threadsafe_function, (napi_env env, napi_threadsafe_function function), (env, function))
// clang-format on
