#include "client/put.h"

#include "delivery/records.h"
#include "wire/codec.h"
#include "wire/fields.h"

namespace nodepvxs::client {

using delivery::Failure;
using delivery::Kind;

Put::Put(uint32_t call, std::shared_ptr<delivery::Outbox> outbox, Target target, Bytes request,
         std::shared_ptr<Keeper> keeper, uint32_t type, Bytes value, bool fetch)
    : Exchange(call, std::move(outbox), 'p', std::move(target), std::move(request),
               std::move(keeper)),
      fetch_(fetch), valueType_(type), value_(std::move(value)) {}

std::shared_ptr<pvxs::client::Operation> Put::open(pvxs::client::Context& context, OnInit onInit,
                                                   Kept::Result onRefused) const {
    auto builder = context.put(target_.name);
    return prepare(builder)
        .fetchPresent(false)
        .onInit(std::move(onInit))
        .result(std::move(onRefused))
        .exec();
}

bool Put::run(Kept& kept) {
    if (!kept.prototype) {
        failWithoutType();
        return false;
    }
    kept.putType.update(*outbox_, kept.prototype);
    if (valueType_ != kept.putType.id()) {
        if (fetch_)
            kept.handle->reExecGet(kept.another());
        else
            ask(kept, nullptr);
        return true;
    }
    auto value = kept.prototype.cloneEmpty();
    try {
        wire::readChanged(value, value_.data(), value_.size());
    } catch (std::invalid_argument& e) {
        fail(Failure::Type, e.what());
        return false;
    }
    kept.handle->reExecPut(value, kept.last());
    return true;
}

void Put::answered(Kept&, pvxs::Value&) { succeed(pvxs::Value()); }

void Put::fetched(Kept& kept, pvxs::Value& value) {
    wire::accumulateMarks(value, kept.seen);
    ask(kept, &value);
}

void Put::ask(const Kept& kept, const pvxs::Value* current) {
    outbox_->push({Kind::Init, uint8_t(current ? 1 : 0), 0, 0, call, kept.putType.id()},
                  [&](wire::Buffer& to) {
                      if (current) wire::writeValue(to, *current);
                  });
}

void Put::answer(uint32_t type, Bytes value) {
    auto self = std::static_pointer_cast<Put>(shared_from_this());
    bool posted = keeper_->post([self, type, value = std::move(value)](Keeper& keeper) mutable {
        auto kept = self->kept_.lock();
        // an answer to an INIT before the last reconnect: the new one has asked again
        if (self->settled() || !kept || kept->serving != self || type != kept->putType.id()) return;
        self->valueType_ = type;
        self->value_ = std::move(value);
        keeper.resume(kept);
    });
    if (!posted) fail(Failure::Closed, "the context is closed");
}

} // namespace nodepvxs::client
