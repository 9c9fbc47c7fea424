#include "client/subscription.h"

#include <algorithm>
#include <map>

#include "client/phase.h"
#include "delivery/records.h"
#include "upstream/channels.h"

namespace nodepvxs::client {

using delivery::Event;
using delivery::Kind;

namespace {
constexpr size_t kMostPopped = 16;
} // namespace

Subscription::Subscription(uint32_t id, std::shared_ptr<delivery::Outbox> outbox, Target target,
                           uint32_t credit, bool latest)
    : id(id), outbox_(std::move(outbox)), target_(std::move(target)), latest_(latest),
      limited_(latest || credit != 0), half_(credit / 2), credit_(credit) {}

void Subscription::begin(Context& context) {
    auto self = shared_from_this();
    context.whenResolved(target_.server, [self](pvxs::client::Context* pvxs,
                                                const std::string& server, delivery::Failure kind) {
        if (self->closed_) return;
        if (!pvxs) return self->tell(delivery::eventOf(kind), delivery::now(), server);
        try {
            std::lock_guard<std::mutex> guard(self->lock_);
            self->handle_ = self->start(*pvxs, server);
        } catch (std::exception& e) {
            auto why = delivery::reasonOf(e);
            self->tell(delivery::eventOf(why.kind), delivery::now(), why.text);
        }
    });
}

std::shared_ptr<pvxs::client::Subscription> Subscription::start(pvxs::client::Context& pvxs,
                                                                const std::string& server) {
    std::weak_ptr<Subscription> weak = weak_from_this();
    auto builder = pvxs.monitor(target_.name);
    if (target_.request) builder.rawRequest(target_.request);
    return builder.server(server)
        .syncCancel(false)
        .maskConnected(false)
        .maskDisconnected(false)
        .autoExec(false)
        .onInit([weak](pvxs::client::Subscription& s, const pvxs::Value&) {
            auto self = weak.lock();
            if (self && !self->paused_) s.resume();
        })
        .event([weak](pvxs::client::Subscription& s) {
            auto self = weak.lock();
            if (!self) return;
            // Also while it is stopped for lack of credit or of a free slab: PVXS does not repeat the event.
            self->more_ = true;
            self->drain(s);
        })
        .exec();
}

std::shared_ptr<pvxs::client::Subscription> Subscription::handle() {
    std::lock_guard<std::mutex> guard(lock_);
    return handle_;
}

threads::Loop Subscription::loop() {
    auto subscription = handle();
    return subscription ? upstream::loopOf(*subscription) : threads::Loop();
}

bool Subscription::resume() {
    queued_ = false;
    return goOn();
}

bool Subscription::goOn() {
    auto subscription = handle();
    return !subscription || drain(*subscription);
}

bool Subscription::credit(uint32_t updates) {
    credit_ += updates;
    return starved_.exchange(false);
}

void Subscription::resumeAll(const std::vector<std::shared_ptr<Subscription>>& subscriptions) {
    struct Group {
        threads::Loop loop;
        std::vector<std::shared_ptr<Subscription>> members;
    };
    std::map<const void*, Group> workers;
    for (auto& subscription : subscriptions) {
        auto loop = subscription->loop();
        auto& group = workers[loop.key()];
        group.loop = loop;
        group.members.push_back(subscription);
    }
    for (auto& entry : workers)
        entry.second.loop.post([members = std::move(entry.second.members)] {
            for (auto& subscription : members) subscription->goOn();
        });
}

void Subscription::pause(bool on) {
    loop().post([self = shared_from_this(), on] { self->applyPause(on); });
}

void Subscription::applyPause(bool on) {
    auto subscription = handle();
    if (!subscription || paused_ == on) return;
    paused_ = on;
    subscription->pause(on);
    if (!on) drain(*subscription);
}

SubscriptionStats Subscription::stats() {
    SubscriptionStats out;
    auto subscription = handle();
    if (!subscription) return out;
    pvxs::client::SubscriptionStat stat;
    subscription->stats(stat);
    out.queued = stat.nQueue + waiting_;
    out.maxQueued = stat.maxQueue;
    out.limit = stat.limitQueue;
    out.squashedByServer = stat.nSrvSquash;
    out.squashedByClient = stat.nCliSquash + merged_;
    out.handed = handed_;
    return out;
}

void Subscription::reportPhase(uint32_t call) {
    auto subscription = handle();
    bool asked = subscription && upstream::loopOf(*subscription).post([=, outbox = outbox_] {
        pushPhase(*outbox, call, upstream::progressOf(*subscription), false);
    });
    if (!asked)
        delivery::pushFailure(*outbox_, call, delivery::Failure::Closed, "it has not begun");
}

void Subscription::close(std::function<void()> done) {
    closed_ = true;
    std::shared_ptr<pvxs::client::Subscription> released;
    {
        std::lock_guard<std::mutex> guard(lock_);
        released.swap(handle_);
    }
    auto work = [self = shared_from_this(), released, done]() mutable {
        self->drop();
        released.reset();
        done();
    };
    bool posted = released && upstream::loopOf(*released).post(work);
    released.reset();
    if (!posted) work();
}

void Subscription::tell(Event what, double time, const std::string& text) {
    delivery::pushEvent(*outbox_, id, what, time, text);
}

// Pops until PVXS's queue has been seen empty: only then does PVXS fire the event again. After an earlier stop it is for
// resume(), here or after credit(), to pop the rest. False: no slab is free, and the outbox will resume this.
bool Subscription::drain(pvxs::client::Subscription& subscription) {
    if (queued_) return false;
    for (;;) {
        if (closed_) return true;
        if (waits() && !paused_ && !(latest_ && more_)) {
            if (limited_ && credit_ <= 0) {
                starved_ = true;
                // JS may be lingering although its consumer has taken everything.
                outbox_->hurry();
                if (credit_ <= 0 || !starved_.exchange(false)) return true;
            }
            if (!deliver()) return false;
        } else if (more_) {
            fetch(subscription);
        } else {
            return true;
        }
    }
}

// Takes the next entries: values go into `popped_`, an event is reported. PVXS throws an event only when it comes first.
void Subscription::fetch(pvxs::client::Subscription& subscription) {
    try {
        if (paused_ || latest_) return merge(subscription);
        next_ = 0;
        // One more than may be delivered: if it comes, more is waiting than there is credit for.
        size_t most = limited_ ? size_t(std::max<int64_t>(credit_, 0)) + 1 : kMostPopped;
        more_ = subscription.pop(popped_, std::min(most, kMostPopped));
        count();
    } catch (pvxs::client::Connected& e) {
        tell(Event::Connected, delivery::milliseconds(e.time), e.peerName);
    } catch (pvxs::client::Finished& e) {
        deliverLast();
        tell(Event::Finished, delivery::milliseconds(e.time), "");
    } catch (pvxs::client::Disconnect& e) {
        merged_ += waiting_; // they merge into the complete value that comes after the reconnect
        drop();
        fresh_ = true;
        tell(Event::Disconnected, delivery::milliseconds(e.time), "");
    } catch (pvxs::client::RemoteError& e) {
        deliverLast();
        tell(Event::RemoteError, delivery::now(), e.what());
    } catch (std::exception& e) {
        auto why = delivery::reasonOf(e);
        tell(delivery::eventOf(why.kind), delivery::now(), why.text);
    }
}

// While paused, and with latest_, a new value merges into the one that waits, as in PVXS when a queue is full.
void Subscription::merge(pvxs::client::Subscription& subscription) {
    auto value = subscription.pop();
    more_ = bool(value);
    if (!value) return;
    if (waits()) {
        popped_.back().assign(value);
        merged_++;
        return;
    }
    drop();
    popped_.push_back(std::move(value));
    count();
}

void Subscription::drop() {
    popped_.clear();
    next_ = 0;
    count();
}

// False: no slab is free. The value stays in `popped_` and goes first on resume.
bool Subscription::deliver() {
    auto& value = popped_[next_];
    if (type_.update(*outbox_, value)) fresh_ = true;
    try {
        wire::Update update(value, type_.arrays(), delivery::kBesideBytes);
        if (!outbox_->offer(
                headOf(update), [&](wire::Buffer& to) { update.write(to); }, *this,
                &update.beside)) {
            queued_ = true;
            return false;
        }
        delivered();
        // Half of the credit is used: let JS give some back before it runs out.
        if (limited_ && --credit_ == half_ && !latest_) outbox_->hurry();
    } catch (std::exception& e) {
        tell(Event::Error, delivery::now(), e.what());
    }
    value = pvxs::Value(); // returns it to PVXS's free list at once
    next_++;
    count();
    return true;
}

delivery::Head Subscription::headOf(const wire::Update& update) const {
    return {Kind::Update, uint8_t(fresh_ ? delivery::kFresh : 0), update.externals(), 0, id,
            type_.id()};
}

void Subscription::delivered() {
    fresh_ = false;
    handed_.store(handed_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

// What waits was sent before the end, and nothing delivers it after the end: credit and slabs do not matter.
void Subscription::deliverLast() {
    for (; waits(); next_++) {
        auto& value = popped_[next_];
        if (type_.update(*outbox_, value)) fresh_ = true;
        wire::Update update(value, type_.arrays(), delivery::kBesideBytes);
        outbox_->push(headOf(update), [&](wire::Buffer& to) { update.write(to); }, &update.beside);
        delivered();
    }
    drop();
}

} // namespace nodepvxs::client
