#include "gate.h"

namespace nodepvxs {

void Gate::open(Napi::Env env, Napi::Function wake, Napi::Object resource) {
    if (ended_ || function_) return;
    napi_threadsafe_function made = nullptr;
    auto status =
        napi_create_threadsafe_function(env, wake, resource, Napi::String::New(env, "node-pvxs"), 0,
                                        1, nullptr, nullptr, nullptr, &Gate::onWake, &made);
    if (status != napi_ok) throw Napi::Error::New(env, "node-pvxs: no thread-safe function");
    // It is made with a reference, by which an idle client would keep the process alive.
    napi_unref_threadsafe_function(env, made);
    std::lock_guard<std::mutex> guard(lock_);
    env_ = env;
    function_ = made;
    if (missed_) napi_call_threadsafe_function(function_, nullptr, napi_tsfn_nonblocking);
    missed_ = false;
}

void Gate::wake() {
    std::lock_guard<std::mutex> guard(lock_);
    // The queue has no limit, but never holds more than one or two entries: the outbox wakes JS only when it sleeps.
    if (function_)
        napi_call_threadsafe_function(function_, nullptr, napi_tsfn_nonblocking);
    else
        missed_ = true;
}

// Without the lock, which a thread in wake() may still hold: only this thread changes what the lock guards.
void Gate::hold(bool on) {
    if (!function_) return;
    if (on)
        napi_ref_threadsafe_function(env_, function_);
    else
        napi_unref_threadsafe_function(env_, function_);
}

void Gate::shut() {
    std::lock_guard<std::mutex> guard(lock_);
    if (!function_) return;
    // This drops a call that has not been served. The outbox does not repeat it, so the next opening does.
    napi_release_threadsafe_function(function_, napi_tsfn_abort);
    function_ = nullptr;
    missed_ = true;
}

void Gate::end() {
    ended_ = true;
    shut();
}

void Gate::onWake(napi_env env, napi_value callback, void*, void*) {
    if (!env || !callback) return; // the environment is ending
    napi_value global, result;
    if (napi_get_global(env, &global) != napi_ok) return;
    if (napi_call_function(env, global, callback, 0, nullptr, &result) != napi_pending_exception)
        return;
    // Otherwise Node-API 9 would drop the error with a warning.
    napi_value error;
    if (napi_get_and_clear_last_exception(env, &error) == napi_ok) napi_fatal_exception(env, error);
}

} // namespace nodepvxs
