// Gate: the one way from native threads into JavaScript: a thread-safe function that only says that records wait.
//
// Threads: wake() on any thread; everything else on the JS thread.
// Owner:   shared by the Environment and the Session's wake function, which may be called after the environment's end.
// Death:   end() before Node destroys the thread-safe function. A later call is refused here: on Node 20 and 22 it would
//          abort the process.
#pragma once

#include <mutex>

#include <napi.h>

namespace nodepvxs {

class Gate final {
public:
    // `wake` is called on the JS thread, at once if records came while the gate was shut. The gate does not keep the
    // process alive until hold(true). `resource` is what tools that list open handles see of it.
    void open(Napi::Env env, Napi::Function wake, Napi::Object resource);
    void wake();
    void hold(bool on);
    // Gives the thread-safe function back, which such tools would name. The gate may be opened again.
    void shut();
    // Shuts it for good.
    void end();

private:
    static void onWake(napi_env env, napi_value callback, void* context, void* data);

    std::mutex lock_;
    napi_env env_ = nullptr;
    // Written on the JS thread, under lock_. Null: shut.
    napi_threadsafe_function function_ = nullptr;
    // Under lock_: what it was last called for did not reach JS, or may not have.
    bool missed_ = false;
    bool ended_ = false;
};

} // namespace nodepvxs
