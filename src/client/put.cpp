#include "client/put.h"

#include "delivery/records.h"
#include "wire/codec.h"
#include "wire/fields.h"

namespace nodepvxs::client {

using delivery::Failure;
using delivery::Kind;

Put::Put(uint32_t call, std::shared_ptr<delivery::Outbox> outbox, Target target, Bytes request,
         std::shared_ptr<OperationPool> pool, uint32_t type, Bytes value, bool fetch)
    : Exchange(call, std::move(outbox), 'p', std::move(target), std::move(request),
               std::move(pool)),
      fetch_(fetch), valueType_(type), value_(std::move(value)) {}

std::shared_ptr<pvxs::client::Operation> Put::open(pvxs::client::Context& context, OnInit onInit,
                                                   PooledOperation::Result onRefused) const {
    auto builder = context.put(target_.name);
    return prepare(builder)
        .fetchPresent(false)
        .onInit(std::move(onInit))
        .result(std::move(onRefused))
        .exec();
}

bool Put::run(PooledOperation& pooled) {
    if (!pooled.prototype) {
        failWithoutType();
        return false;
    }
    pooled.putType.update(*outbox_, pooled.prototype);
    if (valueType_ != pooled.putType.id()) {
        if (fetch_)
            pooled.handle->reExecGet(pooled.another());
        else
            ask(pooled, nullptr);
        return true;
    }
    auto value = pooled.prototype.cloneEmpty();
    try {
        wire::readChanged(value, value_.data(), value_.size());
    } catch (std::invalid_argument& e) {
        fail(Failure::Type, e.what());
        return false;
    }
    pooled.handle->reExecPut(value, pooled.last());
    return true;
}

void Put::answered(PooledOperation&, pvxs::Value&) { succeed(pvxs::Value()); }

void Put::fetched(PooledOperation& pooled, pvxs::Value& value) {
    wire::accumulateMarks(value, pooled.seen);
    ask(pooled, &value);
}

void Put::ask(const PooledOperation& pooled, const pvxs::Value* current) {
    outbox_->push({Kind::Init, uint8_t(current ? 1 : 0), 0, 0, call, pooled.putType.id()},
                  [&](wire::Buffer& to) {
                      if (current) wire::writeValue(to, *current);
                  });
}

void Put::answer(uint32_t type, Bytes value) {
    auto self = std::static_pointer_cast<Put>(shared_from_this());
    bool posted = pool_->post([self, type, value = std::move(value)](OperationPool& pool) mutable {
        auto pooled = self->pooled_.lock();
        // This answers an INIT before the last reconnect. The new INIT has asked again.
        if (self->settled() || !pooled || pooled->serving != self || type != pooled->putType.id())
            return;
        self->valueType_ = type;
        self->value_ = std::move(value);
        pool.resume(pooled);
    });
    if (!posted) fail(Failure::Closed, "the context is closed");
}

} // namespace nodepvxs::client
