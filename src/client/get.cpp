#include "client/get.h"

#include "wire/fields.h"

namespace nodepvxs::client {

std::shared_ptr<pvxs::client::Operation> Get::open(pvxs::client::Context& context, OnInit onInit,
                                                   Kept::Result onRefused) const {
    auto builder = context.get(target_.name);
    return prepare(builder).onInit(std::move(onInit)).result(std::move(onRefused)).exec();
}

bool Get::run(Kept& kept) {
    kept.handle->reExecGet(kept.last());
    return true;
}

// A server may send only what changed since the last GET of this operation: the value is complete all the same, and so
// must its marks be, from which JavaScript reads it.
void Get::answered(Kept& kept, pvxs::Value& value) {
    if (!value) return failWithoutType();
    wire::accumulateMarks(value, kept.seen);
    succeed(value, kept.type);
}

} // namespace nodepvxs::client
