#include "client/connection.h"

#include "delivery/records.h"
#include "upstream/channels.h"

namespace nodepvxs::client {

using delivery::Event;

Connection::Connection(uint32_t id, std::shared_ptr<delivery::Outbox> outbox, Target target)
    : id(id), outbox_(std::move(outbox)), target_(std::move(target)) {}

void Connection::begin(Context& context) {
    auto self = shared_from_this();
    context.whenResolved(target_.server, [self](pvxs::client::Context* pvxs,
                                                const std::string& server, delivery::Failure kind) {
        if (self->closed_) return;
        if (!pvxs)
            return delivery::pushEvent(*self->outbox_, self->id, delivery::eventOf(kind),
                                       delivery::now(), server);
        std::weak_ptr<Connection> weak = self;
        auto tell = [weak](bool connected) {
            return [weak, connected] {
                if (auto self = weak.lock()) self->changed(connected);
            };
        };
        // Until the handle is stored: the first callback may come before exec() has returned.
        std::lock_guard<std::mutex> guard(self->lock_);
        try {
            self->handle_ = pvxs->connect(self->target_.name)
                                .server(server)
                                .syncCancel(false)
                                .onConnect(tell(true))
                                .onDisconnect(tell(false))
                                .exec();
        } catch (std::exception& e) {
            auto why = delivery::reasonOf(e);
            delivery::pushEvent(*self->outbox_, self->id, delivery::eventOf(why.kind),
                                delivery::now(), why.text);
        }
    });
}

void Connection::changed(bool connected) {
    std::shared_ptr<pvxs::client::Connect> handle;
    {
        std::lock_guard<std::mutex> guard(lock_);
        handle = handle_;
    }
    if (closed_ || !handle) return;
    auto peer = connected ? upstream::peerOf(*handle) : std::string();
    delivery::pushEvent(*outbox_, id, connected ? Event::Connected : Event::Disconnected,
                        delivery::now(), peer);
}

void Connection::close(std::function<void()> done) {
    closed_ = true;
    std::shared_ptr<pvxs::client::Connect> released;
    {
        std::lock_guard<std::mutex> guard(lock_);
        released.swap(handle_);
    }
    if (!released) return done();
    auto loop = upstream::loopOf(*released);
    released.reset();
    if (!loop.post(done)) done();
}

} // namespace nodepvxs::client
