#include "client/gets.h"

#include <algorithm>

#include "wire/access.h"

namespace nodepvxs::client {

using pvxs::client::Result;

// One operation that is kept open. All but `handle` belong to whoever holds the Gets lock.
struct Gets::Kept {
    explicit Kept(std::string key) : key(std::move(key)) {}
    const std::string key;
    std::shared_ptr<pvxs::client::Operation> handle;
    std::shared_ptr<Get> serving; // empty: idle
    bool inited = false;
    bool unused = false; // since the last sweep
    // worker
    ValueType type;
    std::vector<bool> seen;
};

namespace {
template <typename T>
void eraseFrom(std::vector<T>& from, const T& what) {
    from.erase(std::remove(from.begin(), from.end(), what), from.end());
}
} // namespace

template <typename... Args, typename F>
std::function<void(Args...)> Gets::guarded(const std::shared_ptr<Kept>& kept, F work) {
    std::weak_ptr<Gets> weak = weak_from_this();
    std::weak_ptr<Kept> weakKept = kept;
    return [weak, weakKept, work](Args... args) {
        auto self = weak.lock();
        auto kept = weakKept.lock();
        if (self && kept) work(*self, kept, std::forward<Args>(args)...);
    };
}

std::shared_ptr<pvxs::client::Operation> Gets::begin(pvxs::client::Context& context,
                                                     const std::shared_ptr<Get>& get) {
    std::shared_ptr<Kept> kept;
    {
        std::lock_guard<std::mutex> guard(lock_);
        context_ = context;
        auto& line = lines_[get->key];
        if (line.idle.empty()) {
            if (line.busy.size() < kParallel) return open(line, get)->handle;
            get->inited(true); // connected and served: what it waits for is its turn
            line.waiting.push_back(get);
            return nullptr;
        }
        kept = line.idle.back();
        line.idle.pop_back();
        line.busy.push_back(kept);
        kept->serving = get;
        kept->unused = false;
    }
    execute(kept);
    return kept->handle;
}

// With the lock held, so that no callback runs before the handle is stored; exec() does not wait.
std::shared_ptr<Gets::Kept> Gets::open(Line& line, const std::shared_ptr<Get>& get) {
    auto kept = std::make_shared<Kept>(get->key);
    kept->serving = get;
    auto builder = context_.get(get->target_.name);
    kept->handle =
        get->prepare(builder)
            .autoExec(false)
            .onInit(guarded<const pvxs::Value&>(
                kept, [](Gets& self, const std::shared_ptr<Kept>& kept,
                         const pvxs::Value& prototype) { self.onInit(kept, prototype); }))
            .result(guarded<Result&&>(
                kept, [](Gets& self, const std::shared_ptr<Kept>& kept,
                         Result&& result) { self.onRefused(kept, std::move(result)); }))
            .exec();
    line.busy.push_back(kept);
    return kept;
}

// INIT was answered, for the first time or after a reconnect. An execution that the disconnect swallowed is repeated.
void Gets::onInit(const std::shared_ptr<Kept>& kept, const pvxs::Value&) {
    std::shared_ptr<Get> get;
    {
        std::lock_guard<std::mutex> guard(lock_);
        kept->inited = true;
        kept->seen.clear();
        get = kept->serving;
    }
    if (!get) return;
    get->inited(true);
    execute(kept);
}

void Gets::execute(const std::shared_ptr<Kept>& kept) {
    kept->handle->reExecGet(
        guarded<Result&&>(kept, [](Gets& self, const std::shared_ptr<Kept>& kept, Result&& result) {
            self.onResult(kept, std::move(result));
        }));
}

std::shared_ptr<Get> Gets::nextWaiting(Line& line) {
    while (!line.waiting.empty()) {
        auto get = line.waiting.front().lock();
        line.waiting.pop_front();
        if (get && !get->settled()) return get;
    }
    return nullptr;
}

// A failure may be that of an execution, or of an INIT after a reconnect: PVXS then calls the callback of the last
// execution, a second time if need be, and the operation is dead. One that has failed is therefore not used again.
void Gets::onResult(const std::shared_ptr<Kept>& kept, Result&& result) {
    const bool failed = bool(result.error());
    std::shared_ptr<Get> get, next;
    std::shared_ptr<Kept> surplus, serves = kept;
    {
        std::lock_guard<std::mutex> guard(lock_);
        auto& line = lines_[kept->key];
        if (failed) eraseFrom(line.idle, kept);
        // not busy: idle, or just now abandoned, and nobody waits for this
        if (std::find(line.busy.begin(), line.busy.end(), kept) == line.busy.end()) return;
        get.swap(kept->serving);
        next = closed_ ? nullptr : nextWaiting(line);
        if (failed || !next) {
            eraseFrom(line.busy, kept);
            if (failed && next)
                serves = open(line, next);
            else if (!failed && !closed_ && line.idle.size() < kIdle)
                line.idle.push_back(kept);
            else
                surplus = kept;
        } else {
            kept->serving = next;
        }
    }
    if (next) {
        next->adopt(serves->handle);
        if (serves == kept) execute(kept);
    } else {
        armSweep(wire::loopOf(*kept->handle));
    }
    if (!get) return;
    try {
        auto& value = result();
        if (!value) return get->failWithoutType();
        // a server may send only what changed since the last GET of this operation: the value is complete all the
        // same, and so must its marks be, from which JavaScript reads it
        wire::accumulateMarks(value, kept->seen);
        get->succeed(value, kept->type);
    } catch (...) {
        get->failWith(std::current_exception());
    }
}

// The server refused INIT: whatever waits for the same PV and request would meet the same refusal.
void Gets::onRefused(const std::shared_ptr<Kept>& kept, Result&& result) {
    std::vector<std::shared_ptr<Get>> failing;
    {
        std::lock_guard<std::mutex> guard(lock_);
        if (kept->serving) failing.push_back(std::move(kept->serving));
        auto& line = lines_[kept->key];
        eraseFrom(line.busy, kept);
        eraseFrom(line.idle, kept);
        if (line.busy.empty())
            while (auto get = nextWaiting(line)) failing.push_back(get);
        if (line.busy.empty() && line.idle.empty()) lines_.erase(kept->key);
    }
    try {
        (void)result();
    } catch (...) {
        for (auto& get : failing) get->failWith(std::current_exception());
        return;
    }
    for (auto& get : failing)
        get->fail(delivery::Failure::Internal, "the operation ended without a result");
}

void Gets::abandoned(const Get& get) {
    std::shared_ptr<Kept> dropped, opened;
    std::shared_ptr<Get> next;
    {
        std::lock_guard<std::mutex> guard(lock_);
        auto found = lines_.find(get.key);
        if (found == lines_.end()) return;
        auto& line = found->second;
        auto held = std::find_if(
            line.busy.begin(), line.busy.end(),
            [&](const std::shared_ptr<Kept>& kept) { return kept->serving.get() == &get; });
        if (held == line.busy.end()) return;
        dropped = *held;
        line.busy.erase(held);
        dropped->serving.reset();
        // those who wait in line go on with an operation of their own
        next = closed_ ? nullptr : nextWaiting(line);
        if (next)
            opened = open(line, next);
        else if (line.busy.empty() && line.idle.empty())
            lines_.erase(found);
    }
    if (next) next->adopt(opened->handle);
}

void Gets::forget(const std::string& name, bool all) {
    std::vector<std::shared_ptr<Kept>> dropped;
    std::vector<std::shared_ptr<Get>> served;
    pvxs::client::Context released;
    std::lock_guard<std::mutex> guard(lock_);
    closed_ = closed_ || all;
    if (all) std::swap(released, context_);
    for (auto it = lines_.begin(); it != lines_.end();) {
        auto& line = it->second;
        bool meant = name.empty() || it->first.compare(0, name.size() + 1, name + '\0') == 0;
        if (meant) dropped.insert(dropped.end(), line.idle.begin(), line.idle.end());
        if (meant) line.idle.clear();
        if (all) {
            // who is served was told of the end before; kept, the two would keep each other, and PVXS's context
            for (auto& kept : line.busy) served.push_back(std::move(kept->serving));
            dropped.insert(dropped.end(), line.busy.begin(), line.busy.end());
            line.busy.clear();
            line.waiting.clear();
        }
        it = line.idle.empty() && line.busy.empty() && line.waiting.empty() ? lines_.erase(it)
                                                                            : std::next(it);
    }
}

void Gets::armSweep(const wire::Loop& loop) {
    {
        std::lock_guard<std::mutex> guard(lock_);
        if (sweeping_ || closed_) return;
        sweeping_ = true;
    }
    std::weak_ptr<Gets> weak = weak_from_this();
    sweeper_ = loop.after(1.0, [weak, loop] {
        auto self = weak.lock();
        if (!self) return;
        self->sweep();
        bool more;
        {
            std::lock_guard<std::mutex> guard(self->lock_);
            self->sweeping_ = false;
            more = !self->lines_.empty();
        }
        // not from within the timer's own callback, which the new timer would destroy
        if (more) loop.post([self, loop] { self->armSweep(loop); });
    });
}

void Gets::sweep() {
    std::vector<std::shared_ptr<Kept>> dropped;
    std::lock_guard<std::mutex> guard(lock_);
    for (auto it = lines_.begin(); it != lines_.end();) {
        auto& idle = it->second.idle;
        for (auto& kept : idle)
            if (kept->unused) dropped.push_back(kept);
        for (auto& kept : dropped) eraseFrom(idle, kept);
        for (auto& kept : idle) kept->unused = true;
        bool empty = idle.empty() && it->second.busy.empty() && it->second.waiting.empty();
        it = empty ? lines_.erase(it) : std::next(it);
    }
}

Get::Get(uint32_t call, std::shared_ptr<delivery::Outbox> outbox, Target target, std::string key,
         std::shared_ptr<Gets> gets)
    : Operation(call, std::move(outbox), std::move(target)), key(std::move(key)),
      gets_(std::move(gets)) {}

std::shared_ptr<pvxs::client::Operation> Get::start(pvxs::client::Context& context) {
    return gets_->begin(context, std::static_pointer_cast<Get>(shared_from_this()));
}

void Get::onAbandoned() { gets_->abandoned(*this); }

void Get::adopt(std::shared_ptr<pvxs::client::Operation> operation) {
    inited(true);
    hold(std::move(operation));
}

} // namespace nodepvxs::client
