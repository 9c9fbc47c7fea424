#include "client/subscription.h"

#include "delivery/reply.h"

namespace nodepvxs::client {

using delivery::Event;
using delivery::Kind;

Subscription::Subscription(uint32_t id, std::shared_ptr<delivery::Outbox> outbox, Target target,
                           uint32_t credit)
    : id(id), outbox_(std::move(outbox)), target_(std::move(target)), limited_(credit != 0),
      credit_(credit) {}

void Subscription::begin(Context& context) {
    auto self = shared_from_this();
    context.whenResolved(target_.server,
                         [self](pvxs::client::Context* pvxs, const std::string& server) {
                             if (self->closed_) return;
                             if (!pvxs) return self->tell(Event::Error, delivery::now(), server);
                             try {
                                 std::lock_guard<std::mutex> guard(self->lock_);
                                 self->handle_ = self->start(*pvxs, server);
                             } catch (std::exception& e) {
                                 self->tell(Event::Error, delivery::now(), e.what());
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
            if (auto self = weak.lock()) self->drain(s);
        })
        .exec();
}

std::shared_ptr<pvxs::client::Subscription> Subscription::handle() {
    std::lock_guard<std::mutex> guard(lock_);
    return handle_;
}

wire::Loop Subscription::loop() {
    auto subscription = handle();
    return subscription ? wire::loopOf(*subscription) : wire::Loop();
}

bool Subscription::resume() {
    auto subscription = handle();
    return !subscription || drain(*subscription);
}

void Subscription::credit(uint32_t updates) {
    credit_ += updates;
    if (!starved_.exchange(false)) return;
    loop().post([self = shared_from_this()] { self->resume(); });
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
    out.queued = stat.nQueue;
    out.maxQueued = stat.maxQueue;
    out.limit = stat.limitQueue;
    out.squashedByServer = stat.nSrvSquash;
    out.squashedByClient = stat.nCliSquash;
    return out;
}

void Subscription::close(std::function<void()> done) {
    closed_ = true;
    std::shared_ptr<pvxs::client::Subscription> released;
    {
        std::lock_guard<std::mutex> guard(lock_);
        released.swap(handle_);
    }
    auto work = [self = shared_from_this(), released, done]() mutable {
        self->held_ = pvxs::Value();
        released.reset();
        done();
    };
    bool posted = released && wire::loopOf(*released).post(work);
    released.reset();
    if (!posted) work();
}

void Subscription::tell(Event what, double time, const std::string& text) {
    delivery::pushEvent(*outbox_, id, what, time, text);
}

// Pops until an *empty Value* comes: only then does PVXS fire the event again. Stopping earlier leaves the right to
// pop with us until resume() or credit() gets to the empty Value. False: queued with the outbox for want of room.
bool Subscription::drain(pvxs::client::Subscription& subscription) {
    for (;;) {
        if (closed_) return true;
        if (held_ && !paused_) {
            if (limited_ && credit_ <= 0) {
                starved_ = true;
                // JS may be lingering while its consumer has long taken everything
                outbox_->hurry();
                if (credit_ <= 0 || !starved_.exchange(false)) return true;
            }
            if (!deliver()) return false;
            continue;
        }
        if (!fetch(subscription)) return true;
    }
}

// The next entry into `held_`, or told as an event. False: PVXS's queue is empty.
bool Subscription::fetch(pvxs::client::Subscription& subscription) {
    try {
        auto value = subscription.pop();
        if (!value) return false;
        // paused: what was under way merges into the newest, as PVXS does when a queue is full
        if (held_)
            held_.assign(value);
        else
            held_ = std::move(value);
    } catch (pvxs::client::Connected& e) {
        tell(Event::Connected, delivery::milliseconds(e.time), e.peerName);
    } catch (pvxs::client::Finished& e) {
        tell(Event::Finished, delivery::milliseconds(e.time), "");
    } catch (pvxs::client::Disconnect& e) {
        held_ = pvxs::Value();
        fresh_ = true;
        tell(Event::Disconnected, delivery::milliseconds(e.time), "");
    } catch (pvxs::client::RemoteError& e) {
        tell(Event::RemoteError, delivery::now(), e.what());
    } catch (std::exception& e) {
        tell(Event::Error, delivery::now(), e.what());
    }
    return true;
}

// False: no room, queued. The value stays in `held_` and is the first on resume.
bool Subscription::deliver() {
    if (type_.update(*outbox_, held_)) fresh_ = true;
    try {
        wire::Update update(held_, type_.arrays(), delivery::kBesideBytes);
        if (!outbox_->offer(
                {Kind::Update, uint8_t(fresh_ ? delivery::kFresh : 0), update.externals(), 0, id,
                 type_.id()},
                [&](wire::Buffer& to) { update.write(to); }, shared_from_this(), &update.beside))
            return false;
        fresh_ = false;
        if (limited_) credit_--;
    } catch (std::exception& e) {
        tell(Event::Error, delivery::now(), e.what());
    }
    held_ = pvxs::Value(); // back to PVXS's free list at once
    return true;
}

} // namespace nodepvxs::client
