#include "client/operation.h"

#include <cstring>

#include "client/phase.h"
#include "delivery/records.h"
#include "upstream/channels.h"

namespace nodepvxs::client {

using delivery::Failure;
using delivery::Kind;

Operation::Operation(uint32_t call, std::shared_ptr<delivery::Outbox> outbox, Target target)
    : call(call), outbox_(std::move(outbox)), target_(std::move(target)) {}

Operation::~Operation() = default;

void Operation::begin(Context& context) {
    auto self = shared_from_this();
    context.whenResolved(target_.server, [self](pvxs::client::Context* pvxs,
                                                const std::string& server, Failure kind) {
        if (!pvxs) return self->fail(kind, server);
        self->target_.server = server;
        // Under the lock until the handle is stored: the result may come before exec() has returned.
        std::lock_guard<std::mutex> guard(self->lock_);
        if (self->settled()) return;
        try {
            self->handle_ = self->start(*pvxs);
        } catch (std::exception& e) {
            if (self->settle()) {
                self->onSettled();
                auto why = delivery::reasonOf(e);
                delivery::pushFailure(*self->outbox_, self->call, why.kind, why.text);
            }
        }
    });
}

bool Operation::settle() { return !settled_.exchange(true); }

void Operation::succeed(const pvxs::Value& value) {
    if (value) {
        delivery::ValueType type;
        return succeed(value, type);
    }
    if (!settle()) return;
    auto self = finish();
    delivery::pushDone(*outbox_, call);
}

void Operation::succeed(const pvxs::Value& value, delivery::ValueType& type) {
    if (!settle()) return;
    auto self = finish();
    type.update(*outbox_, value);
    wire::Update update(value, type.arrays(), delivery::kBesideBytes);
    outbox_->push(
        {Kind::Result, 0, update.externals(), 0, call, type.id()},
        [&](wire::Buffer& to) { update.write(to); }, &update.beside);
}

void Operation::fail(Failure why, const std::string& text) {
    if (!settle()) return;
    auto self = finish();
    delivery::pushFailure(*outbox_, call, why, text);
}

void Operation::failWithoutType() { fail(Failure::Remote, "the server named no type"); }

// Takes a settled operation out of the table before JavaScript can hear of it. The returned pointer keeps it, and with it
// the PVXS operation, alive until the answer is written.
std::shared_ptr<Operation> Operation::finish() {
    auto self = shared_from_this();
    onSettled();
    return self;
}

void Operation::failWith(std::exception_ptr error) {
    try {
        std::rethrow_exception(error);
    } catch (pvxs::client::RemoteError& e) {
        fail(Failure::Remote, e.what());
    } catch (pvxs::client::Disconnect& e) {
        fail(Failure::Disconnected, e.what());
    } catch (std::exception& e) {
        bool closed = std::strcmp(e.what(), "Context close()d") == 0;
        auto why = delivery::reasonOf(e, closed ? Failure::Closed : Failure::Internal);
        fail(why.kind, why.text);
    } catch (...) {
        fail(Failure::Internal, "unknown exception");
    }
}

void Operation::close(const std::string& why) { fail(Failure::Closed, why); }

void Operation::abandon(bool report) {
    if (!settle()) return;
    giveUp(report);
    onSettled();
}

void Operation::giveUp(bool report) {
    std::shared_ptr<pvxs::client::Operation> released;
    {
        std::lock_guard<std::mutex> guard(lock_);
        released.swap(handle_);
    }
    if (!report) return;
    auto self = shared_from_this();
    bool asked = released && upstream::loopOf(*released).post([self, released]() mutable {
        self->reportPhase(released.get(), false);
        released.reset();
    });
    if (!asked) reportPhase(nullptr, false);
}

void Operation::reportPhase(const pvxs::client::Operation* operation, bool inited) {
    upstream::Progress progress;
    if (operation) progress = upstream::progressOf(*operation);
    pushPhase(*outbox_, call, progress, inited);
}

} // namespace nodepvxs::client
