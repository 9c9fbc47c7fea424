#include "client/put.h"

#include "delivery/reply.h"

namespace nodepvxs::client {

using delivery::Failure;
using delivery::Kind;
using pvxs::client::Result;

Put::Put(uint32_t call, std::shared_ptr<delivery::Outbox> outbox, Target target, uint32_t type,
         Bytes value, bool fetch)
    : Operation(call, std::move(outbox), std::move(target)), fetch_(fetch), valueType_(type),
      value_(std::move(value)) {}

std::shared_ptr<pvxs::client::Operation> Put::start(pvxs::client::Context& context) {
    auto builder = context.put(target_.name);
    return prepare(builder)
        .autoExec(false)
        .fetchPresent(false)
        .onInit(guarded<const pvxs::Value&>([](Operation& self, const pvxs::Value& prototype) {
            static_cast<Put&>(self).onInit(prototype);
        }))
        // only an INIT that the server refuses ends here: executions bring their own callback
        .result(guarded<Result&&>([](Operation&, Result&& result) { (void)result(); }))
        .exec();
}

void Put::onInit(const pvxs::Value& prototype) {
    inited(true);
    if (!prototype) return failWithoutType();
    prototype_ = prototype.cloneEmpty();
    type_ = outbox_->typeId(wire::describe(prototype_));
    if (fetch_) {
        handle()->reExecGet(guarded<Result&&>([](Operation& self, Result&& result) {
            auto& current = result();
            static_cast<Put&>(self).ask(&current);
        }));
    } else if (valueType_ == type_) {
        execute();
    } else {
        ask(nullptr);
    }
}

void Put::ask(const pvxs::Value* current) {
    outbox_->push({Kind::Init, uint8_t(current ? 1 : 0), 0, 0, call, type_}, [&](wire::Buffer& to) {
        if (current) wire::writeValue(to, *current);
    });
}

void Put::answer(uint32_t type, Bytes value) {
    auto self = std::static_pointer_cast<Put>(shared_from_this());
    auto operation = handle();
    if (!operation) return; // settled meanwhile
    bool posted = wire::loopOf(*operation).post([self, type, value = std::move(value)]() mutable {
        // an answer to an INIT before the last reconnect: the new one has asked again
        if (self->settled() || type != self->type_) return;
        self->valueType_ = type;
        self->value_ = std::move(value);
        try {
            self->execute();
        } catch (...) {
            self->failWith(std::current_exception());
        }
    });
    if (!posted) fail(Failure::Closed, "the context is closed");
}

void Put::execute() {
    auto value = prototype_.cloneEmpty();
    try {
        wire::readChanged(value, value_.data(), value_.size());
    } catch (std::invalid_argument& e) {
        return fail(Failure::Type, e.what());
    }
    if (auto operation = handle())
        operation->reExecPut(value, guarded<Result&&>([](Operation& self, Result&& result) {
                                 (void)result();
                                 static_cast<Put&>(self).succeed(pvxs::Value());
                             }));
}

} // namespace nodepvxs::client
