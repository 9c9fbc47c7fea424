// OperationPool: the operations of one Context that are kept open.
//
// In PVXS a get or a put is INIT, EXEC, DESTROY: two round trips. An operation that stays open after its INIT serves the
// next call to the same PV with the same request in one. Each call is still executed on the server by itself.
//
// PVXS ignores an execution while another one runs, so an operation serves one call at a time. The calls of a lane start
// in the order in which they were made. While a call waits, one more operation is being opened: a slow server or a put
// that blocks does not hold up the others for long, and a fast server is not flooded with INITs. An operation that has
// not been used for a second or two is closed.
//
// Threads: attach(), begin(), signal(), abandon(), forget(), close(), post() on any thread; everything else, and all
//          state, on the context's worker.
// Owner:   the pool by its Context, a PooledOperation by its lane. PVXS's callbacks hold both weakly.
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

// An operation that is kept open. On the worker only.
struct PooledOperation final : std::enable_shared_from_this<PooledOperation> {
    using Result = std::function<void(pvxs::client::Result&&)>;

    PooledOperation(std::string key, std::weak_ptr<OperationPool> pool)
        : key(std::move(key)), pool(std::move(pool)) {}
    // The callback for an execution that ends the call, and for one that does not (the GET before a PUT).
    Result last() { return onResult(true); }
    Result another() { return onResult(false); }

    const std::string key;
    const std::weak_ptr<OperationPool> pool;
    std::shared_ptr<pvxs::client::Operation> handle;
    std::shared_ptr<Exchange> serving; // empty: idle, or being opened
    bool inited = false;
    bool unused = false;  // since the last sweep
    bool retired = false; // serves no call after its present one
    // From the last INIT.
    pvxs::Value prototype;
    delivery::ValueType putType;
    // From the results.
    delivery::ValueType type;
    std::vector<bool> seen;

private:
    Result onResult(bool last);
};

class OperationPool final : public std::enable_shared_from_this<OperationPool> {
public:
    explicit OperationPool(std::shared_ptr<delivery::Outbox> outbox) : outbox_(std::move(outbox)) {}

    // The context that the operations belong to. To be called before the first begin().
    void attach(const std::shared_ptr<pvxs::client::Context>& context);
    // The worker sees `call` after the next signal(), so that many calls are one piece of work for it.
    void begin(const std::shared_ptr<Exchange>& call);
    void signal();
    // `call` was given up. The operation that runs it is closed too, since PVXS cannot cancel an execution alone. False:
    // there is no worker to do it on.
    bool abandon(const std::shared_ptr<Exchange>& call, bool report);
    // Closes the idle operations of one PV, or of all when `name` is empty. Then runs `then` on the worker, after the
    // calls that were begun before and before those that are begun from now on. With `retire`, busy operations serve no
    // call after their present one.
    void forget(const std::string& name, bool retire, std::function<void()> then);
    // Final. The calls have been settled before.
    void close();
    // Runs `work` on the worker. False when the worker has ended.
    bool post(std::function<void(OperationPool&)> work);
    // On the worker: continues the call that `pooled` serves.
    void resume(const std::shared_ptr<PooledOperation>& pooled);

private:
    friend struct PooledOperation;
    struct Lane {
        std::string pv;
        // Last in, first out, so that surplus operations stay unused and are swept.
        std::vector<std::shared_ptr<PooledOperation>> idle;
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
    std::mutex lock_; // guards the next four; no other lock is taken under it
    threads::Loop loop_;
    std::shared_ptr<threads::Wakeup> wakeup_;
    std::vector<std::shared_ptr<Exchange>> arriving_;
    unsigned forgetting_ = 0; // calls of forget() that hold up what arrives
    // Weak: the last reference must not be released on the worker, which would then join itself.
    std::weak_ptr<pvxs::client::Context> context_;
    std::unordered_map<std::string, Lane> lanes_;
    pvxs::Timer sweeper_;
    bool sweeping_ = false;
    bool closed_ = false;
};

} // namespace nodepvxs::client
