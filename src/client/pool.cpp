#include "client/pool.h"

#include <algorithm>

#include "client/exchange.h"
#include "upstream/channels.h"

namespace nodepvxs::client {

using pvxs::client::Result;

namespace {
std::exception_ptr errorOf(Result& result) {
    try {
        (void)result();
        throw std::logic_error("the operation ended without a result");
    } catch (...) {
        return std::current_exception();
    }
}

template <typename T>
void eraseFrom(std::vector<T>& from, const T& what) {
    from.erase(std::remove(from.begin(), from.end(), what), from.end());
}
} // namespace

PooledOperation::Result PooledOperation::onResult(bool last) {
    return [weak = weak_from_this(), last](pvxs::client::Result&& result) {
        auto pooled = weak.lock();
        auto pool = pooled ? pooled->pool.lock() : nullptr;
        if (pool) pool->onResult(pooled, std::move(result), last);
    };
}

void OperationPool::attach(const std::shared_ptr<pvxs::client::Context>& context) {
    std::lock_guard<std::mutex> guard(lock_);
    context_ = context;
    loop_ = upstream::loopOf(*context);
    wakeup_ = std::make_shared<threads::Wakeup>(loop_, [weak = weak_from_this()] {
        if (auto self = weak.lock()) self->admit();
    });
}

bool OperationPool::post(std::function<void(OperationPool&)> work) {
    std::lock_guard<std::mutex> guard(lock_);
    return loop_.post([weak = weak_from_this(), work = std::move(work)] {
        auto self = weak.lock();
        if (!self) return;
        self->admit(); // calls that were begun earlier come first
        work(*self);
    });
}

void OperationPool::begin(const std::shared_ptr<Exchange>& call) {
    std::lock_guard<std::mutex> guard(lock_);
    if (wakeup_) arriving_.push_back(call); // otherwise the end of the context settles it
}

void OperationPool::signal() {
    std::shared_ptr<threads::Wakeup> wakeup;
    {
        std::lock_guard<std::mutex> guard(lock_);
        if (!arriving_.empty()) wakeup = wakeup_;
    }
    // Not under the lock: it is the first thing that the worker needs.
    if (wakeup) wakeup->signal();
}

void OperationPool::admit() {
    std::vector<std::shared_ptr<Exchange>> arrived;
    {
        std::lock_guard<std::mutex> guard(lock_);
        if (forgetting_ == 0) arrived.swap(arriving_);
    }
    enqueue(arrived);
}

void OperationPool::enqueue(const std::vector<std::shared_ptr<Exchange>>& arrived) {
    if (closed_) return;
    for (auto& call : arrived) {
        if (call->settled()) continue;
        auto& lane = lanes_[call->key_];
        if (lane.pv.empty()) lane.pv = call->target_.name;
        lane.waiting.push_back(call);
        pump(lane);
    }
}

// Serves the oldest call with an idle operation. If a call still waits, opens one more.
void OperationPool::pump(Lane& lane) {
    while (!lane.waiting.empty() && !lane.idle.empty()) {
        auto call = std::move(lane.waiting.front());
        lane.waiting.pop_front();
        if (call->settled()) continue;
        auto pooled = std::move(lane.idle.back());
        lane.idle.pop_back();
        pooled->unused = false;
        if (execute(call, pooled)) {
            pooled->serving = std::move(call);
            lane.busy.insert(std::move(pooled));
        } else {
            lane.idle.push_back(std::move(pooled));
        }
    }
    while (!lane.waiting.empty() && lane.waiting.front()->settled()) lane.waiting.pop_front();
    if (lane.waiting.empty() || lane.opening) return;
    try {
        open(lane, *lane.waiting.front());
    } catch (std::exception&) {
        refuse(lane, std::current_exception());
    }
}

// exec() posts to the worker: no callback runs before the handle is stored.
void OperationPool::open(Lane& lane, const Exchange& call) {
    auto context = context_.lock();
    if (!context) return; // the context is being closed
    auto pooled = std::make_shared<PooledOperation>(call.key_, weak_from_this());
    std::weak_ptr<PooledOperation> weak = pooled;
    pooled->handle = call.open(
        *context,
        [weak](const pvxs::Value& prototype) {
            auto pooled = weak.lock();
            auto pool = pooled ? pooled->pool.lock() : nullptr;
            if (pool) pool->onInit(pooled, prototype);
        },
        [weak](Result&& result) {
            auto pooled = weak.lock();
            auto pool = pooled ? pooled->pool.lock() : nullptr;
            if (pool) pool->onRefused(pooled, std::move(result));
        });
    lane.opening = pooled;
}

// INIT was answered, for the first time or after a reconnect. After a reconnect the call runs again. This is never a put
// or an RPC that had been sent: the disconnect fails the call, and its operation with it.
void OperationPool::onInit(const std::shared_ptr<PooledOperation>& pooled,
                           const pvxs::Value& prototype) {
    pooled->inited = true;
    pooled->prototype = prototype ? prototype.cloneEmpty() : pvxs::Value();
    pooled->seen.clear();
    auto found = lanes_.find(pooled->key);
    if (found == lanes_.end()) return;
    auto& lane = found->second;
    if (lane.opening == pooled) {
        lane.opening.reset();
        pooled->unused = false;
        lane.idle.push_back(pooled);
        pump(lane);
        armSweep();
    } else if (pooled->serving) {
        resume(pooled);
    }
}

bool OperationPool::execute(const std::shared_ptr<Exchange>& call,
                            const std::shared_ptr<PooledOperation>& pooled) {
    call->pooled_ = pooled;
    try {
        return call->run(*pooled);
    } catch (...) {
        call->failWith(std::current_exception());
        return false;
    }
}

void OperationPool::resume(const std::shared_ptr<PooledOperation>& pooled) {
    auto call = pooled->serving;
    if (call->settled() || !execute(call, pooled)) release(pooled);
}

void OperationPool::release(const std::shared_ptr<PooledOperation>& pooled) {
    pooled->serving.reset();
    auto found = lanes_.find(pooled->key);
    if (found == lanes_.end() || found->second.busy.erase(pooled) == 0) return;
    auto& lane = found->second;
    if (!pooled->retired && (!lane.waiting.empty() || lane.idle.size() < kIdle))
        lane.idle.push_back(pooled);
    pump(lane);
    armSweep();
}

void OperationPool::drop(const std::shared_ptr<PooledOperation>& pooled) {
    pooled->serving.reset();
    auto found = lanes_.find(pooled->key);
    if (found == lanes_.end()) return;
    auto& lane = found->second;
    lane.busy.erase(pooled);
    eraseFrom(lane.idle, pooled);
    if (lane.opening == pooled) lane.opening.reset();
}

// A failure is that of an execution, or of an INIT after a reconnect. In the second case PVXS calls the callback of the
// last execution, possibly a second time, and the operation is dead. So a failed operation is not used again.
void OperationPool::onResult(const std::shared_ptr<PooledOperation>& pooled, Result&& result,
                             bool last) {
    auto call = pooled->serving;
    auto found = lanes_.find(pooled->key);
    if (found == lanes_.end()) return;
    if (result.error()) {
        drop(pooled);
        pump(found->second);
        if (found->second.empty()) lanes_.erase(found);
        if (call) call->failWith(errorOf(result));
        return;
    }
    if (!call) return; // it was given up a moment ago
    if (last) release(pooled);
    try {
        if (last)
            call->answered(*pooled, result());
        else
            call->fetched(*pooled, result());
    } catch (...) {
        call->failWith(std::current_exception());
        if (!last) release(pooled);
    }
}

// The server refused INIT. When no other operation serves the lane, the waiting calls would be refused as well.
void OperationPool::onRefused(const std::shared_ptr<PooledOperation>& pooled, Result&& result) {
    auto call = pooled->serving;
    auto found = lanes_.find(pooled->key);
    if (found == lanes_.end()) return;
    auto error = errorOf(result);
    drop(pooled);
    if (call) call->failWith(error);
    auto& lane = found->second;
    if (lane.busy.empty() && lane.idle.empty()) refuse(lane, error);
    if (lane.empty()) lanes_.erase(found);
}

void OperationPool::refuse(Lane& lane, const std::exception_ptr& error) {
    auto failing = std::move(lane.waiting);
    lane.waiting.clear();
    for (auto& call : failing) call->failWith(error);
}

bool OperationPool::abandon(const std::shared_ptr<Exchange>& call, bool report) {
    return post([call, report](OperationPool& self) { self.giveUp(call, report); });
}

void OperationPool::giveUp(const std::shared_ptr<Exchange>& call, bool report) {
    auto found = lanes_.find(call->key_);
    std::shared_ptr<PooledOperation> pooled;
    if (found != lanes_.end()) {
        auto& lane = found->second;
        auto& waiting = lane.waiting;
        auto at = std::find(waiting.begin(), waiting.end(), call);
        if (at != waiting.end()) {
            waiting.erase(at);
            pooled = lane.busy.empty() ? lane.opening : *lane.busy.begin();
            if (waiting.empty()) lane.opening.reset(); // no call needs it now
        } else {
            pooled = call->pooled_.lock();
            if (pooled && pooled->serving == call) drop(pooled);
        }
        pump(lane);
        if (lane.empty()) lanes_.erase(found);
    }
    if (report)
        call->reportPhase(pooled ? pooled->handle.get() : nullptr, pooled && pooled->inited);
}

void OperationPool::forget(const std::string& name, bool retire, std::function<void()> then) {
    std::lock_guard<std::mutex> guard(lock_);
    auto before = std::move(arriving_);
    arriving_.clear();
    forgetting_++;
    (void)loop_.post([weak = weak_from_this(), name, retire, before, then] {
        auto self = weak.lock();
        if (!self) return;
        self->enqueue(before);
        for (auto it = self->lanes_.begin(); it != self->lanes_.end();) {
            auto& lane = it->second;
            if (name.empty() || lane.pv == name) lane.idle.clear();
            it = lane.empty() ? self->lanes_.erase(it) : std::next(it);
        }
        // After the cancellations that this has queued.
        self->post([name, retire, then](OperationPool& pool) {
            then();
            if (retire) pool.retire(name);
            {
                std::lock_guard<std::mutex> guard(pool.lock_);
                pool.forgetting_--;
            }
            pool.admit();
        });
    });
}

void OperationPool::retire(const std::string& name) {
    for (auto it = lanes_.begin(); it != lanes_.end();) {
        auto& lane = it->second;
        if (name.empty() || lane.pv == name) {
            for (auto& pooled : lane.busy) pooled->retired = true;
            lane.idle.clear(); // what ended since forget() cleared them, still on the old channel
            lane.opening.reset();
            pump(lane);
        }
        it = lane.empty() ? lanes_.erase(it) : std::next(it);
    }
}

void OperationPool::close() {
    post([](OperationPool& self) {
        self.closed_ = true;
        self.sweeper_ = pvxs::Timer();
        std::shared_ptr<threads::Wakeup> wakeup;
        std::vector<std::shared_ptr<Exchange>> arriving;
        {
            std::lock_guard<std::mutex> guard(self.lock_);
            wakeup.swap(self.wakeup_);
            arriving.swap(self.arriving_);
        }
        // Otherwise a call and the operation that serves it keep each other alive.
        auto lanes = std::move(self.lanes_);
        self.lanes_.clear();
        for (auto& lane : lanes)
            for (auto& pooled : lane.second.busy) pooled->serving.reset();
    });
}

void OperationPool::armSweep() {
    if (sweeping_ || closed_) return;
    sweeping_ = true;
    std::weak_ptr<OperationPool> weak = weak_from_this();
    sweeper_ = loop_.after(1.0, [weak] {
        // Not in the timer's own callback: the new timer would destroy it.
        if (auto self = weak.lock()) self->post([](OperationPool& pool) { pool.sweep(); });
    });
}

void OperationPool::sweep() {
    sweeping_ = false;
    for (auto it = lanes_.begin(); it != lanes_.end();) {
        auto& lane = it->second;
        auto& idle = lane.idle;
        idle.erase(std::remove_if(idle.begin(), idle.end(),
                                  [](const std::shared_ptr<PooledOperation>& pooled) {
                                      return pooled->unused;
                                  }),
                   idle.end());
        for (auto& pooled : idle) pooled->unused = true;
        it = lane.empty() ? lanes_.erase(it) : std::next(it);
    }
    if (!lanes_.empty()) armSweep();
}

} // namespace nodepvxs::client
