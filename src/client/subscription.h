// Subscription: one PVXS monitor. Whenever it wakes it is drained until it is empty, as far as credit and free slabs go.
//
// Threads: PVXS's callbacks, resume() and everything marked "worker" on the context's worker; credit(), pause(), close()
//          on the JS thread. Draining stays on the worker even when JS has just given credit: it costs two to three
//          times as much to pop, encode and free a value on another core than the one that made it.
// Owner:   the Session's table, and the Outbox while it waits for a free slab. PVXS's callbacks hold it weakly.
// Death:   close() is final and never waits. An update that is in a slab already is dropped by the inbox, which no
//          longer knows the id.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <pvxs/client.h>

#include "client/context.h"
#include "client/subscription_stats.h"
#include "client/target.h"
#include "delivery/outbox.h"
#include "delivery/value_type.h"

namespace nodepvxs::client {

class Subscription final : public delivery::Waiter,
                           public std::enable_shared_from_this<Subscription> {
public:
    // `credit` updates may be delivered before credit() gives more; 0: no limit. With `latest` none may, and what comes
    // meanwhile is merged into one value.
    Subscription(uint32_t id, std::shared_ptr<delivery::Outbox> outbox, Target target,
                 uint32_t credit, bool latest);

    const uint32_t id;
    [[nodiscard]] uint32_t context() const { return target_.context; }
    void begin(Context& context);
    // True: it had stopped for lack of credit and must be resumed, with others, by resumeAll().
    [[nodiscard]] bool credit(uint32_t updates);
    // On their workers. Each worker is woken once.
    static void resumeAll(const std::vector<std::shared_ptr<Subscription>>& subscriptions);
    // PVXS ignores a pause before the connection is made, and forgets it when the connection is lost. So the wish is
    // kept here and applied at every INIT.
    void pause(bool on);
    SubscriptionStats stats();
    // Answers `call` with how far it has come.
    void reportPhase(uint32_t call);
    // `done` runs on the worker when PVXS has released the subscription.
    void close(std::function<void()> done);

    bool resume() override;
    threads::Loop loop() override;
    std::shared_ptr<delivery::Waiter> shared() override { return shared_from_this(); }

private:
    std::shared_ptr<pvxs::client::Subscription> start(pvxs::client::Context& pvxs,
                                                      const std::string& server);
    std::shared_ptr<pvxs::client::Subscription> handle();
    // worker
    bool goOn();
    bool drain(pvxs::client::Subscription& subscription);
    void fetch(pvxs::client::Subscription& subscription);
    void merge(pvxs::client::Subscription& subscription);
    void deliverLast();
    void drop();
    [[nodiscard]] bool waits() const { return next_ < popped_.size(); }
    bool deliver();
    [[nodiscard]] delivery::Head headOf(const wire::Update& update) const;
    void delivered();
    void count() { waiting_.store(popped_.size() - next_, std::memory_order_relaxed); }
    void tell(delivery::Event what, double time, const std::string& text);
    void applyPause(bool on);

    const std::shared_ptr<delivery::Outbox> outbox_;
    const Target target_;
    std::mutex lock_;
    std::shared_ptr<pvxs::client::Subscription> handle_; // guarded by lock_
    std::atomic<bool> closed_{false};
    const bool latest_, limited_;
    const int64_t half_;
    std::atomic<int64_t> credit_;
    std::atomic<bool> starved_{false};
    // Counted on the worker, for stats().
    std::atomic<uint64_t> waiting_{0}, handed_{0}, merged_{0};

    // worker
    bool paused_ = false;
    // Popped values. Those from next_ on are not delivered yet and go first on resume. While paused, and with latest_, a
    // new value merges into the last.
    std::vector<pvxs::Value> popped_;
    size_t next_ = 0;
    bool more_ = true;    // PVXS's queue has not been seen empty since its last event
    bool queued_ = false; // the outbox will resume this once
    bool fresh_ = true;
    delivery::ValueType type_;
};

} // namespace nodepvxs::client
