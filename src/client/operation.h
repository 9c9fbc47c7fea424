// Operation: one get, put, rpc or info, from the call to its one answer.
//
// Threads: begin(), abandon(), close() on the JS thread (begin() possibly on a context's strand); PVXS's callbacks on
//          the context's worker.
// Owner:   the Session's table until it is settled. PVXS's callbacks hold it weakly: an operation owns its callbacks,
//          so a strong reference would be a cycle.
// Death:   settled exactly once, by what comes first: result, failure, abandon or close. The PVXS handle is released
//          then. With syncCancel(false) that never waits, on any thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include <pvxs/client.h>

#include "client/context.h"
#include "client/target.h"
#include "delivery/outbox.h"
#include "delivery/value_type.h"

namespace nodepvxs::client {

class Operation : public std::enable_shared_from_this<Operation> {
public:
    Operation(uint32_t call, std::shared_ptr<delivery::Outbox> outbox, Target target);
    virtual ~Operation();
    Operation(const Operation&) = delete;
    Operation& operator=(const Operation&) = delete;

    const uint32_t call;
    [[nodiscard]] uint32_t context() const { return target_.context; }
    // Called once, when the operation has been answered.
    std::function<void()> onSettled;

    void begin(Context& context);
    void abandon(bool report);
    void close(const std::string& why);

protected:
    // Builds and executes the PVXS operation. Must not block. Null: the pool holds the operation.
    virtual std::shared_ptr<pvxs::client::Operation> start(pvxs::client::Context& context) = 0;

    template <typename Builder>
    Builder& prepare(Builder& builder) const {
        if (target_.request) builder.rawRequest(target_.request);
        return builder.server(target_.server).syncCancel(false);
    }
    // Runs `work` with this object unless the object is gone or settled. What `work` throws fails the call.
    template <typename... Args, typename F>
    std::function<void(Args...)> guarded(F work);

    // Ends what abandon() has settled. With `report` it tells how far the call had come.
    virtual void giveUp(bool report);
    // On the worker. `inited`: the server has sent the type, so only the execution is missing.
    void reportPhase(const pvxs::client::Operation* operation, bool inited);

    void succeed(const pvxs::Value& value);
    void succeed(const pvxs::Value& value, delivery::ValueType& type);
    void fail(delivery::Failure why, const std::string& text);
    void failWith(std::exception_ptr error);
    // The server sent the null type where a type is needed. PVXS passes that on as an empty Value.
    void failWithoutType();
    [[nodiscard]] bool settled() const { return settled_; }

    const std::shared_ptr<delivery::Outbox> outbox_;
    Target target_;

private:
    bool settle();
    [[nodiscard]] std::shared_ptr<Operation> finish();

    std::mutex lock_;
    std::shared_ptr<pvxs::client::Operation> handle_; // guarded by lock_
    std::atomic<bool> settled_{false};
};

template <typename... Args, typename F>
std::function<void(Args...)> Operation::guarded(F work) {
    std::weak_ptr<Operation> weak = weak_from_this();
    return [weak, work](Args... args) {
        auto self = weak.lock();
        if (!self || self->settled()) return;
        try {
            work(*self, std::forward<Args>(args)...);
        } catch (...) {
            self->failWith(std::current_exception());
        }
    };
}

} // namespace nodepvxs::client
