// Environment: one JavaScript environment (main thread or worker) that has loaded the addon.
//
// Threads: the JS thread only.
// Owner:   Node, as the addon's instance data.
// Death:   the clean-up hook, or shutdown(), which JS calls when the process exits: ends the gate, then stops and joins
//          what runs. Members are destroyed afterwards, in reverse order.
#pragma once

#include <memory>
#include <unordered_set>
#include <vector>

#include <napi.h>

#include "gate.h"
#include "session/session.h"

namespace nodepvxs {

class Environment final {
public:
    explicit Environment(Napi::Env env);
    ~Environment();
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

    static Environment& of(const Napi::CallbackInfo& info) {
        return *static_cast<Environment*>(info.Data());
    }

    void attach(const Napi::Array& slabs);
    void shutdown();
    Gate& gate() { return *gate_; }
    // Throws when attach() has not been called, or after shutdown().
    Session& session();

    // An ArrayBuffer over memory that native code owns. A copy when the runtime refuses that, when too much such memory
    // is alive, or when the same memory is lent already: two ArrayBuffers over one pointer crash V8.
    Napi::Value lend(SharedBytes bytes);

private:
    static constexpr int64_t kLentLimit = int64_t(256) << 20;
    struct Loan;
    static void onCleanup(void* environment);
    static void onReturn(napi_env env, void* data, void* loan);

    const Napi::Env env_;
    const std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
    std::vector<Napi::Reference<Napi::ArrayBuffer>> slabs_;
    std::unique_ptr<Session> session_;
    // Shared with loans, whose finalizers may run after the end of this object.
    struct Ledger {
        int64_t bytes = 0;
        std::unordered_set<void*> pointers;
        bool refused = false;
    };
    const std::shared_ptr<Ledger> ledger_ = std::make_shared<Ledger>();
    bool ended_ = false;
    bool hooked_ = true;
};

} // namespace nodepvxs
