// Gate: the one way from native threads into JavaScript: a thread-safe function that only says "records wait".
//
// Threads: wake() on any; everything else on the JS thread.
// Owner:   shared by the Environment and by the Session's wake function, which may be called after the environment's end.
// Death:   shut() before Node tears the thread-safe function down. A call that comes later is turned away here: on
//          Node 20 and 22 it would abort the process.
#pragma once

#include <mutex>

#include <napi.h>

namespace nodepvxs {

class Gate final {
public:
    // `wake` is called on the JS thread. The gate does not keep the process alive until hold(true).
    void open(Napi::Env env, Napi::Function wake);
    void wake();
    void hold(bool on);
    void shut();

private:
    static void onWake(napi_env env, napi_value callback, void* context, void* data);

    std::mutex lock_;
    napi_env env_ = nullptr;
    napi_threadsafe_function function_ =
        nullptr; // written on the JS thread, under lock_; null: shut
};

} // namespace nodepvxs
