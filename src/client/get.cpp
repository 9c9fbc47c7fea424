#include "client/get.h"

#include "wire/fields.h"

namespace nodepvxs::client {

std::shared_ptr<pvxs::client::Operation> Get::open(pvxs::client::Context& context, OnInit onInit,
                                                   PooledOperation::Result onRefused) const {
    auto builder = context.get(target_.name);
    return prepare(builder).onInit(std::move(onInit)).result(std::move(onRefused)).exec();
}

bool Get::run(PooledOperation& pooled) {
    pooled.handle->reExecGet(pooled.last());
    return true;
}

// A server may send only what has changed since the last GET of this operation. The value is complete even so, and its
// marks must be complete too, since JavaScript reads the value by them.
void Get::answered(PooledOperation& pooled, pvxs::Value& value) {
    if (!value) return failWithoutType();
    wire::accumulateMarks(value, pooled.seen);
    succeed(value, pooled.type);
}

} // namespace nodepvxs::client
