#include "server/channel.h"

#include "server/shared_pv.h"

namespace nodepvxs::server {

namespace {

// PVXS's handlers are std::function, which must be copyable, but its operations are unique_ptr.
template <typename Op>
struct Carry {
    std::shared_ptr<std::unique_ptr<Op>> op;
    explicit Carry(std::unique_ptr<Op>&& op)
        : op(std::make_shared<std::unique_ptr<Op>>(std::move(op))) {}
    [[nodiscard]] std::unique_ptr<Op> take() const { return std::move(*op); }
};

} // namespace

Channel::Channel(std::shared_ptr<PendingOperations> pending, uint32_t server, uint32_t maxQueue,
                 std::unique_ptr<pvxs::server::ChannelControl>&& control)
    : pending_(std::move(pending)), maxQueue_(maxQueue), control_(std::move(control)),
      loop_(upstream::loopOf(*control_)) {
    caller.channel = pending_->newChannelId();
    caller.server = server;
}

void Channel::install() {
    std::weak_ptr<Channel> weak = weak_from_this();
    control_->onOp([weak](std::unique_ptr<pvxs::server::ConnectOp>&& op) {
        auto self = weak.lock();
        if (!self) return;
        Carry<pvxs::server::ConnectOp> carry(std::move(op));
        self->whenAttached([weak, carry](SharedPv& pv) {
            if (auto self = weak.lock()) pv.connect(*self, carry.take());
        });
    });
    control_->onSubscribe([weak](std::unique_ptr<pvxs::server::MonitorSetupOp>&& op) {
        auto self = weak.lock();
        if (!self) return;
        uint64_t queue = 0;
        if (op->pvRequest()["record._options.queueSize"].as(queue) && queue > self->maxQueue_)
            return op->error("queueSize " + std::to_string(queue) + " is more than the " +
                             std::to_string(self->maxQueue_) + " this server allows");
        Carry<pvxs::server::MonitorSetupOp> carry(std::move(op));
        self->whenAttached([weak, carry](SharedPv& pv) {
            if (auto self = weak.lock()) pv.subscribe(*self, carry.take());
        });
    });
    control_->onRPC([weak](std::unique_ptr<pvxs::server::ExecOp>&& op, pvxs::Value&& argument) {
        auto self = weak.lock();
        if (!self) return;
        Carry<pvxs::server::ExecOp> carry(std::move(op));
        self->whenAttached([weak, carry, argument](SharedPv& pv) {
            if (auto self = weak.lock()) pv.rpc(*self, carry.take(), argument);
        });
    });
    // The one strong reference.
    control_->onClose([self = shared_from_this()](const std::string&) { self->closed(); });
}

void Channel::hold() { upstream::holdChannel(*control_); }

void Channel::whenAttached(std::function<void(SharedPv&)> work) {
    if (pv_) return work(*pv_);
    // An operation that is dropped here tells its client so by itself. An ExecOp does not.
    waiting_.push_back([work = std::move(work)](SharedPv* pv) {
        if (pv) work(*pv);
    });
}

void Channel::attach(const std::shared_ptr<SharedPv>& pv) {
    auto work = [self = shared_from_this(), pv] {
        if (self->gone_ || self->pv_) return;
        self->pv_ = pv;
        self->caller.pv = pv->id;
        pv->opened(self);
        upstream::answerChannel(*self->control_, true);
        auto waiting = std::move(self->waiting_);
        self->waiting_.clear();
        for (auto& item : waiting) item(pv.get());
    };
    loop_.post(work);
}

void Channel::refuse() {
    loop_.post([self = shared_from_this()] {
        self->waiting_.clear();
        if (!self->gone_) upstream::answerChannel(*self->control_, false);
    });
}

void Channel::close() {
    loop_.post([self = shared_from_this()] {
        if (!self->gone_) self->control_->close();
    });
}

void Channel::closed() {
    gone_ = true;
    waiting_.clear();
    if (pv_) pv_->closed(*this);
    pv_.reset();
    pending_->channelClosed(caller);
    if (onGone) onGone();
}

} // namespace nodepvxs::server
