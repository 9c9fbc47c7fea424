// OperationPool: the operations of one Context that are kept open.
//
// A get or a put of PVXS is INIT, EXEC, DESTROY: two round trips. An operation that stays open after
// its INIT serves the next call to the same PV, with the same request, in one. Each call still is an
// exchange of its own with the server.
//
// PVXS ignores an execution while one runs, so an operation serves one call at a time. The calls of
// one lane start in the order in which they were made. While somebody waits, one more operation is
// being opened: a server that is slow, or a put that blocks, holds up nobody for long, and a fast
// server is not flooded with INITs. What nobody used for a second or two is closed.
//
// Threads: attach(), begin(), ring(), abandon(), forget(), close(), post() on any; all else, and all state,
//          on the context's worker.
// Owner:   OperationPool by its Context; a PooledOperation by its lane. PVXS's callbacks hold both weakly.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "client/operation.h"
#include "threads/wakeup.h"

namespace nodepvxs::client {

class Exchange;
class OperationPool;

// One operation that is kept open. On the worker only.
struct PooledOperation final : std::enable_shared_from_this<PooledOperation> {
    using Result = std::function<void(pvxs::client::Result&&)>;

    PooledOperation(std::string key, std::weak_ptr<OperationPool> pool)
        : key(std::move(key)), pool(std::move(pool)) {}
    // For an execution that ends the call, and for one that does not (the GET before a PUT).
    Result last() { return onResult(true); }
    Result another() { return onResult(false); }

    const std::string key;
    const std::weak_ptr<OperationPool> pool;
    std::shared_ptr<pvxs::client::Operation> handle;
    std::shared_ptr<Exchange> serving; // empty: idle, or being opened
    bool inited = false;
    bool unused = false; // since the last sweep
    bool retired = false;
    // of the last INIT
    pvxs::Value prototype;
    delivery::ValueType putType;
    // of the results
    delivery::ValueType type;
    std::vector<bool> seen;

private:
    Result onResult(bool last);
};

class OperationPool final : public std::enable_shared_from_this<OperationPool> {
public:
    explicit OperationPool(std::shared_ptr<delivery::Outbox> outbox) : outbox_(std::move(outbox)) {}

    // The context that the operations belong to; before the first begin().
    void attach(const std::shared_ptr<pvxs::client::Context>& context);
    // The worker hears of `call` with the next ring(): many calls are one piece of work for it.
    void begin(const std::shared_ptr<Exchange>& call);
    void signal();
    // `call` was given up: the operation that runs it goes too, since PVXS cannot cancel an execution
    // alone. False: there is no worker to do it on.
    bool abandon(const std::shared_ptr<Exchange>& call, bool report);
    // Closes what is idle, of one PV or (empty) all, then runs `then` on the worker: after what was begun
    // before, and before what is begun from now on. With `retire`, what is busy serves no call after
    // its present one.
    void forget(const std::string& name, bool retire, std::function<void()> then);
    // For ever. The calls have been settled before.
    void close();
    // Runs `work` on the worker; false when that has ended.
    bool post(std::function<void(OperationPool&)> work);
    // On the worker: goes on with the call that `pooled` serves.
    void resume(const std::shared_ptr<PooledOperation>& pooled);

private:
    friend struct PooledOperation;
    struct Lane {
        std::string pv;
        std::vector<std::shared_ptr<PooledOperation>>
            idle; // last in, first out: what is too much goes unused
        std::unordered_set<std::shared_ptr<PooledOperation>> busy;
        std::shared_ptr<PooledOperation> opening;
        std::deque<std::shared_ptr<Exchange>> waiting;
        [[nodiscard]] bool empty() const {
            return idle.empty() && busy.empty() && !opening && waiting.empty();
        }
    };
    static constexpr size_t kIdle = 8;

    void admit();
    void enqueue(const std::vector<std::shared_ptr<Exchange>>& arrived);
    void pump(Lane& lane);
    static bool execute(const std::shared_ptr<Exchange>& call,
                        const std::shared_ptr<PooledOperation>& pooled);
    void open(Lane& lane, const Exchange& call);
    void refuse(Lane& lane, const std::exception_ptr& error);
    void retire(const std::string& name);
    void release(const std::shared_ptr<PooledOperation>& pooled);
    void drop(const std::shared_ptr<PooledOperation>& pooled);
    void giveUp(const std::shared_ptr<Exchange>& call, bool report);
    void onInit(const std::shared_ptr<PooledOperation>& pooled, const pvxs::Value& prototype);
    void onRefused(const std::shared_ptr<PooledOperation>& pooled, pvxs::client::Result&& result);
    void onResult(const std::shared_ptr<PooledOperation>& pooled, pvxs::client::Result&& result,
                  bool last);
    void armSweep();
    void sweep();

    const std::shared_ptr<delivery::Outbox> outbox_;
    std::mutex lock_; // a leaf; for the next four
    threads::Loop loop_;
    std::shared_ptr<threads::Wakeup> wakeup_;
    std::vector<std::shared_ptr<Exchange>> arriving_;
    unsigned forgetting_ = 0; // so many calls of forget() hold up what arrives
    // Weak: the last reference must not go on the worker, which would join itself.
    std::weak_ptr<pvxs::client::Context> context_;
    std::unordered_map<std::string, Lane> lanes_;
    pvxs::Timer sweeper_;
    bool sweeping_ = false;
    bool closed_ = false;
};

} // namespace nodepvxs::client
