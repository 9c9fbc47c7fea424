#include "client/rpc.h"

namespace nodepvxs::client {

using pvxs::client::Result;

// An RPC has no callback for its INIT. The callback for results is called with an empty result (see patches.cmake).
std::shared_ptr<pvxs::client::Operation> Rpc::open(pvxs::client::Context& context, OnInit onInit,
                                                   PooledOperation::Result onRefused) const {
    auto builder = context.rpc(target_.name);
    return prepare(builder)
        .result([onInit = std::move(onInit), onRefused = std::move(onRefused)](Result&& result) {
            if (result.error())
                onRefused(std::move(result));
            else
                onInit(pvxs::Value());
        })
        .exec();
}

bool Rpc::run(PooledOperation& pooled) {
    pooled.handle->reExecPut(argument_, pooled.last());
    return true;
}

// Each reply brings its own type.
void Rpc::answered(PooledOperation&, pvxs::Value& value) { succeed(value); }

} // namespace nodepvxs::client
