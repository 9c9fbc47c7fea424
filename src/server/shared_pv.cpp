#include "server/shared_pv.h"

#include <algorithm>
#include <stdexcept>

#include "server/channel.h"
#include "wire/codec.h"
#include "wire/fields.h"

namespace nodepvxs::server {

using delivery::Kind;

namespace {
// A larger post is delivered at once: many of them waiting would take too much memory.
constexpr size_t kLarge = 4096;
} // namespace

SharedPv::SharedPv(uint32_t id, uint32_t flags, std::shared_ptr<PendingOperations> pending,
                   std::shared_ptr<delivery::Outbox> outbox)
    : id(id), flags_(flags), pending_(std::move(pending)), outbox_(std::move(outbox)) {}

void SharedPv::open(pvxs::Value value, bool stamped) {
    decltype(connecting_) connecting;
    std::vector<std::shared_ptr<Subscriber>> subscribers;
    {
        Guard guard(lock_);
        if (current_) throw std::logic_error("the PV is open already");
        current_ = value;
        stamp_ = Stamp(value);
        if (stamped) stamp_.setUnlessTimed(value);
        generation_++;
        connecting.swap(connecting_);
        for (auto& entry : connecting) *entry.second = generation_;
        subscribers = subscribers_;
    }
    for (auto& entry : connecting) entry.first->connect(value.cloneEmpty());
    // Only the worker connects a subscription: on another thread PVXS would wait for the worker.
    for (auto& subscriber : subscribers)
        subscriber->loop.post(
            [self = shared_from_this(), subscriber] { self->activate(subscriber); });
}

bool SharedPv::post(const uint8_t* bytes, size_t size, bool stamped) {
    auto value = emptyOrNothing();
    if (!value) throw std::logic_error("the PV is closed");
    wire::readChanged(value, bytes, size);
    Guard guard(lock_);
    if (stamped) stamp_.setUnlessTimed(value);
    bool first = waiting_.empty();
    take(value);
    if (size > kLarge) deliverWaiting();
    return first && !waiting_.empty();
}

void SharedPv::deliver() {
    Guard guard(lock_);
    deliverWaiting();
}

pvxs::Value SharedPv::emptyOrNothing() {
    Guard guard(lock_);
    return current_ ? current_.cloneEmpty() : pvxs::Value();
}

void SharedPv::take(const pvxs::Value& value) {
    if (!current_ || wire::typeKey(current_) != wire::typeKey(value))
        throw std::logic_error("the PV is closed");
    wire::assign(current_, value);
    if (!subscribers_.empty()) waiting_.push_back(value);
}

void SharedPv::deliverWaiting() {
    for (auto& value : waiting_)
        for (auto& subscriber : subscribers_)
            if (subscriber->control) subscriber->post(value);
    waiting_.clear();
}

// PVXS squashes into the last update of a full queue, and never into one that has another behind it. So subscribers share
// `value` while their queue has a place left after it; a subscriber whose queue becomes full gets its own copy. The queue
// is looked at only when it may be full: the worker sends under the same lock.
void SharedPv::Subscriber::post(const pvxs::Value& value) {
    if (places == 0) {
        pvxs::server::MonitorStat queue;
        control->stats(queue);
        if (queue.nQueue + 1 < queue.limitQueue) places = queue.limitQueue - 1 - queue.nQueue;
    }
    if (places == 0) {
        control->post(value.clone());
    } else {
        places--;
        control->post(value);
    }
}

void SharedPv::close() {
    decltype(channels_) channels;
    decltype(subscribers_) subscribers;
    {
        Guard guard(lock_);
        if (!current_) return;
        deliverWaiting();
        current_ = pvxs::Value();
        subscribers.swap(subscribers_);
        channels = channels_;
    }
    for (auto& entry : channels)
        if (auto channel = entry.second.lock()) channel->close();
    // After the channels, on their workers. A control that is destroyed sends "finished", which ends the client's
    // subscription for ever; after "disconnected" the client comes back.
    for (auto& subscriber : subscribers) {
        auto loop = subscriber->loop;
        loop.post([subscriber = std::move(subscriber)] {});
    }
}

Bytes SharedPv::current() {
    Guard guard(lock_);
    return current_ ? wire::changedBytes(current_) : Bytes();
}

size_t SharedPv::subscribers() {
    Guard guard(lock_);
    return subscribers_.size();
}

void SharedPv::opened(const std::shared_ptr<Channel>& channel) {
    bool first;
    {
        Guard guard(lock_);
        first = channels_.empty();
        channels_[channel.get()] = channel;
    }
    if (first && (flags_ & kOccupancy)) outbox_->push({Kind::Occupied, 1, 0, 0, id, 0});
}

void SharedPv::closed(Channel& channel) {
    bool last;
    {
        Guard guard(lock_);
        last = channels_.erase(&channel) != 0 && channels_.empty();
    }
    if (last && (flags_ & kOccupancy)) outbox_->push({Kind::Occupied, 0, 0, 0, id, 0});
}

void SharedPv::connect(Channel& channel, std::unique_ptr<pvxs::server::ConnectOp>&& unique) {
    std::shared_ptr<pvxs::server::ConnectOp> op(std::move(unique));
    std::weak_ptr<SharedPv> weakPv = weak_from_this();
    std::weak_ptr<Channel> weakChannel = channel.weak_from_this();
    auto generation = std::make_shared<uint64_t>(0); // guarded by lock_
    op->onGet([weakPv, weakChannel, generation](std::unique_ptr<pvxs::server::ExecOp>&& exec) {
        auto self = weakPv.lock();
        auto channel = weakChannel.lock();
        if (self && channel) return self->onGet(*channel, *generation, std::move(exec));
        refuse(*exec, "the PV is gone");
    });
    op->onPut(
        [weakPv, weakChannel](std::unique_ptr<pvxs::server::ExecOp>&& exec, pvxs::Value&& value) {
            auto self = weakPv.lock();
            auto channel = weakChannel.lock();
            if (self && channel) return self->onPut(*channel, std::move(exec), value);
            refuse(*exec, "the PV is gone");
        });
    // Keeps the operation alive: its end would be an implied error.
    op->onClose([weakPv, op](const std::string&) {
        if (auto self = weakPv.lock()) {
            Guard guard(self->lock_);
            self->connecting_.erase(op);
        }
    });
    pvxs::Value prototype;
    {
        Guard guard(lock_);
        *generation = generation_;
        if (current_)
            prototype = current_.cloneEmpty();
        else
            connecting_[op] = generation;
    }
    if (prototype) op->connect(prototype);
}

void SharedPv::subscribe(Channel& channel, std::unique_ptr<pvxs::server::MonitorSetupOp>&& op) {
    auto subscriber = std::make_shared<Subscriber>();
    subscriber->loop = channel.loop();
    std::weak_ptr<SharedPv> weak = weak_from_this();
    op->onClose([weak, subscriber](const std::string&) {
        auto self = weak.lock();
        std::unique_ptr<pvxs::server::MonitorSetupOp> setup;
        std::unique_ptr<pvxs::server::MonitorControlOp> control;
        if (!self) return;
        Guard guard(self->lock_);
        auto& all = self->subscribers_;
        all.erase(std::remove(all.begin(), all.end(), subscriber), all.end());
        setup.swap(subscriber->setup);
        control.swap(subscriber->control);
    });
    subscriber->setup = std::move(op);
    {
        Guard guard(lock_);
        subscribers_.push_back(subscriber);
    }
    activate(subscriber);
}

// On the subscriber's worker: sends the type and the first, complete value. Does nothing while the PV is closed.
void SharedPv::activate(const std::shared_ptr<Subscriber>& subscriber) {
    pvxs::Value prototype;
    std::unique_ptr<pvxs::server::MonitorSetupOp> setup;
    uint64_t generation;
    {
        Guard guard(lock_);
        if (!current_ || !subscriber->setup) return;
        prototype = current_.cloneEmpty();
        generation = generation_;
        setup = std::move(subscriber->setup);
    }
    std::unique_ptr<pvxs::server::MonitorControlOp> control;
    try {
        control = setup->connect(prototype);
    } catch (std::exception& e) {
        // The client selects no field that exists, or it has gone.
        setup->error(e.what());
        Guard guard(lock_);
        subscribers_.erase(std::remove(subscribers_.begin(), subscribers_.end(), subscriber),
                           subscribers_.end());
        return;
    }
    Guard guard(lock_);
    // Closed meanwhile: the channel is being closed too, and the client will come back.
    if (generation != generation_ || !current_) return;
    deliverWaiting(); // `current_` contains these values already
    subscriber->control = std::move(control);
    subscriber->control->post(current_.clone());
}

// A PV that was closed and opened again while its channels were being closed may have another type now. PVXS needs the
// answer in the very type that the operation was connected with: otherwise it throws on the worker, and the client gets no
// answer.
void SharedPv::onGet(Channel& channel, const uint64_t& generation,
                     std::unique_ptr<pvxs::server::ExecOp>&& op) {
    pvxs::Value value;
    try {
        Guard guard(lock_);
        if (current_ && generation == generation_)
            value = flags_ & kOnGet ? current_.cloneEmpty() : current_.clone();
    } catch (std::exception& e) {
        return refuse(*op, e.what()); // PVXS would log it and leave the client waiting
    }
    if (!value) return refuse(*op, "the PV is closed");
    if (flags_ & kOnGet)
        return pending_->ask(OperationKind::Get, channel.caller, std::move(op), pvxs::Value(),
                             value);
    op->reply(value);
}

void SharedPv::onPut(Channel& channel, std::unique_ptr<pvxs::server::ExecOp>&& op,
                     pvxs::Value& value) {
    if (flags_ & kOnPut)
        return pending_->ask(OperationKind::Put, channel.caller, std::move(op), value,
                             pvxs::Value());
    if (!(flags_ & kMailbox))
        return refuse(*op, flags_ & kReadonly ? "'" + op->name() + "' is read-only"
                                              : "'" + op->name() + "' does not accept puts");
    try {
        {
            Guard guard(lock_);
            stamp_.setUnlessTimed(value);
            take(value);
            deliverWaiting();
        }
        op->reply();
    } catch (std::exception& e) {
        refuse(*op, e.what());
    }
}

void SharedPv::rpc(Channel& channel, std::unique_ptr<pvxs::server::ExecOp>&& op,
                   const pvxs::Value& argument) {
    if (flags_ & kOnRpc)
        return pending_->ask(OperationKind::Rpc, channel.caller, std::move(op), argument,
                             pvxs::Value());
    refuse(*op, "'" + op->name() + "' does not answer RPC");
}

} // namespace nodepvxs::server
