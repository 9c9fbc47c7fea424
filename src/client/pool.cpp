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

Kept::Result Kept::onResult(bool last) {
    return [weak = weak_from_this(), last](pvxs::client::Result&& result) {
        auto kept = weak.lock();
        auto keeper = kept ? kept->keeper.lock() : nullptr;
        if (keeper) keeper->onResult(kept, std::move(result), last);
    };
}

void Keeper::attach(const std::shared_ptr<pvxs::client::Context>& context) {
    std::lock_guard<std::mutex> guard(lock_);
    context_ = context;
    loop_ = upstream::loopOf(*context);
    bell_ = std::make_shared<threads::Bell>(loop_, [weak = weak_from_this()] {
        if (auto self = weak.lock()) self->admit();
    });
}

bool Keeper::post(std::function<void(Keeper&)> work) {
    std::lock_guard<std::mutex> guard(lock_);
    return loop_.post([weak = weak_from_this(), work = std::move(work)] {
        auto self = weak.lock();
        if (!self) return;
        self->admit(); // what was begun before comes before
        work(*self);
    });
}

void Keeper::begin(const std::shared_ptr<Exchange>& call) {
    std::lock_guard<std::mutex> guard(lock_);
    if (bell_) arriving_.push_back(call); // else the end of the context settles it
}

void Keeper::ring() {
    std::shared_ptr<threads::Bell> bell;
    {
        std::lock_guard<std::mutex> guard(lock_);
        if (!arriving_.empty()) bell = bell_;
    }
    // not under the lock, which is the first thing that the worker wants
    if (bell) bell->ring();
}

void Keeper::admit() {
    std::vector<std::shared_ptr<Exchange>> arrived;
    {
        std::lock_guard<std::mutex> guard(lock_);
        if (forgetting_ == 0) arrived.swap(arriving_);
    }
    enqueue(arrived);
}

void Keeper::enqueue(const std::vector<std::shared_ptr<Exchange>>& arrived) {
    if (closed_) return;
    for (auto& call : arrived) {
        if (call->settled()) continue;
        auto& line = lines_[call->key_];
        if (line.pv.empty()) line.pv = call->target_.name;
        line.waiting.push_back(call);
        pump(line);
    }
}

// Whoever waits longest goes first, on what is idle; and for him who has to wait one more is opened.
void Keeper::pump(Line& line) {
    while (!line.waiting.empty() && !line.idle.empty()) {
        auto call = std::move(line.waiting.front());
        line.waiting.pop_front();
        if (call->settled()) continue;
        auto kept = std::move(line.idle.back());
        line.idle.pop_back();
        kept->unused = false;
        if (execute(call, kept)) {
            kept->serving = std::move(call);
            line.busy.insert(std::move(kept));
        } else {
            line.idle.push_back(std::move(kept));
        }
    }
    while (!line.waiting.empty() && line.waiting.front()->settled()) line.waiting.pop_front();
    if (line.waiting.empty() || line.opening) return;
    try {
        open(line, *line.waiting.front());
    } catch (std::exception&) {
        refuse(line, std::current_exception());
    }
}

// exec() posts to the worker: no callback runs before the handle is stored.
void Keeper::open(Line& line, const Exchange& call) {
    auto context = context_.lock();
    if (!context) return; // it is being closed
    auto kept = std::make_shared<Kept>(call.key_, weak_from_this());
    std::weak_ptr<Kept> weak = kept;
    kept->handle = call.open(
        *context,
        [weak](const pvxs::Value& prototype) {
            auto kept = weak.lock();
            auto keeper = kept ? kept->keeper.lock() : nullptr;
            if (keeper) keeper->onInit(kept, prototype);
        },
        [weak](Result&& result) {
            auto kept = weak.lock();
            auto keeper = kept ? kept->keeper.lock() : nullptr;
            if (keeper) keeper->onRefused(kept, std::move(result));
        });
    line.opening = kept;
}

// INIT was answered, for the first time or after a reconnect. What the disconnect swallowed is done again; a put that
// had been sent is not among it, as that fails with the disconnect, and its operation with it.
void Keeper::onInit(const std::shared_ptr<Kept>& kept, const pvxs::Value& prototype) {
    kept->inited = true;
    kept->prototype = prototype ? prototype.cloneEmpty() : pvxs::Value();
    kept->seen.clear();
    auto found = lines_.find(kept->key);
    if (found == lines_.end()) return;
    auto& line = found->second;
    if (line.opening == kept) {
        line.opening.reset();
        kept->unused = false;
        line.idle.push_back(kept);
        pump(line);
        armSweep();
    } else if (kept->serving) {
        resume(kept);
    }
}

bool Keeper::execute(const std::shared_ptr<Exchange>& call, const std::shared_ptr<Kept>& kept) {
    call->kept_ = kept;
    try {
        return call->run(*kept);
    } catch (...) {
        call->failWith(std::current_exception());
        return false;
    }
}

void Keeper::resume(const std::shared_ptr<Kept>& kept) {
    auto call = kept->serving;
    if (call->settled() || !execute(call, kept)) release(kept);
}

void Keeper::release(const std::shared_ptr<Kept>& kept) {
    kept->serving.reset();
    auto found = lines_.find(kept->key);
    if (found == lines_.end() || found->second.busy.erase(kept) == 0) return;
    auto& line = found->second;
    if (!line.waiting.empty() || line.idle.size() < kIdle) line.idle.push_back(kept);
    pump(line);
    armSweep();
}

void Keeper::drop(const std::shared_ptr<Kept>& kept) {
    kept->serving.reset();
    auto found = lines_.find(kept->key);
    if (found == lines_.end()) return;
    auto& line = found->second;
    line.busy.erase(kept);
    eraseFrom(line.idle, kept);
    if (line.opening == kept) line.opening.reset();
}

// A failure may be that of an execution, or of an INIT after a reconnect: PVXS then calls the callback of the last
// execution, a second time if need be, and the operation is dead. One that has failed is therefore not used again.
void Keeper::onResult(const std::shared_ptr<Kept>& kept, Result&& result, bool last) {
    auto call = kept->serving;
    auto found = lines_.find(kept->key);
    if (found == lines_.end()) return;
    if (result.error()) {
        drop(kept);
        pump(found->second);
        if (found->second.empty()) lines_.erase(found);
        if (call) call->failWith(errorOf(result));
        return;
    }
    if (!call) return; // given up a moment ago
    if (last) release(kept);
    try {
        if (last)
            call->answered(*kept, result());
        else
            call->fetched(*kept, result());
    } catch (...) {
        call->failWith(std::current_exception());
        if (!last) release(kept);
    }
}

// The server refused INIT. When nothing else serves the line, whoever waits would meet the same refusal.
void Keeper::onRefused(const std::shared_ptr<Kept>& kept, Result&& result) {
    auto call = kept->serving;
    auto found = lines_.find(kept->key);
    if (found == lines_.end()) return;
    auto error = errorOf(result);
    drop(kept);
    if (call) call->failWith(error);
    auto& line = found->second;
    if (line.busy.empty() && line.idle.empty()) refuse(line, error);
    if (line.empty()) lines_.erase(found);
}

void Keeper::refuse(Line& line, const std::exception_ptr& error) {
    auto failing = std::move(line.waiting);
    line.waiting.clear();
    for (auto& call : failing) call->failWith(error);
}

bool Keeper::abandon(const std::shared_ptr<Exchange>& call, bool report) {
    return post([call, report](Keeper& self) { self.giveUp(call, report); });
}

void Keeper::giveUp(const std::shared_ptr<Exchange>& call, bool report) {
    auto found = lines_.find(call->key_);
    std::shared_ptr<Kept> kept;
    if (found != lines_.end()) {
        auto& line = found->second;
        auto& waiting = line.waiting;
        auto at = std::find(waiting.begin(), waiting.end(), call);
        if (at != waiting.end()) {
            waiting.erase(at);
            kept = line.busy.empty() ? line.opening : *line.busy.begin();
            if (waiting.empty()) line.opening.reset(); // for nobody now
        } else {
            kept = call->kept_.lock();
            if (kept && kept->serving == call) drop(kept);
        }
        pump(line);
        if (line.empty()) lines_.erase(found);
    }
    if (report) call->reportPhase(kept ? kept->handle.get() : nullptr, kept && kept->inited);
}

void Keeper::forget(const std::string& name, std::function<void()> then) {
    std::lock_guard<std::mutex> guard(lock_);
    auto before = std::move(arriving_);
    arriving_.clear();
    forgetting_++;
    (void)loop_.post([weak = weak_from_this(), name, before, then] {
        auto self = weak.lock();
        if (!self) return;
        self->enqueue(before);
        for (auto it = self->lines_.begin(); it != self->lines_.end();) {
            auto& line = it->second;
            if (name.empty() || line.pv == name) line.idle.clear();
            it = line.empty() ? self->lines_.erase(it) : std::next(it);
        }
        // behind the cancellations that this has queued
        self->post([then](Keeper& keeper) {
            then();
            {
                std::lock_guard<std::mutex> guard(keeper.lock_);
                keeper.forgetting_--;
            }
            keeper.admit();
        });
    });
}

void Keeper::close() {
    post([](Keeper& self) {
        self.closed_ = true;
        self.sweeper_ = pvxs::Timer();
        std::shared_ptr<threads::Bell> bell;
        std::vector<std::shared_ptr<Exchange>> arriving;
        {
            std::lock_guard<std::mutex> guard(self.lock_);
            bell.swap(self.bell_);
            arriving.swap(self.arriving_);
        }
        // kept, who is served and who serves would keep each other
        auto lines = std::move(self.lines_);
        self.lines_.clear();
        for (auto& line : lines)
            for (auto& kept : line.second.busy) kept->serving.reset();
    });
}

void Keeper::armSweep() {
    if (sweeping_ || closed_) return;
    sweeping_ = true;
    std::weak_ptr<Keeper> weak = weak_from_this();
    sweeper_ = loop_.after(1.0, [weak] {
        // not from within the timer's own callback, which the new timer would destroy
        if (auto self = weak.lock()) self->post([](Keeper& keeper) { keeper.sweep(); });
    });
}

void Keeper::sweep() {
    sweeping_ = false;
    for (auto it = lines_.begin(); it != lines_.end();) {
        auto& line = it->second;
        auto& idle = line.idle;
        idle.erase(std::remove_if(idle.begin(), idle.end(),
                                  [](const std::shared_ptr<Kept>& kept) { return kept->unused; }),
                   idle.end());
        for (auto& kept : idle) kept->unused = true;
        it = line.empty() ? lines_.erase(it) : std::next(it);
    }
    if (!lines_.empty()) armSweep();
}

} // namespace nodepvxs::client
