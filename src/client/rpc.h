// Rpc: one execution of an operation of the pool.
//
// By itself PVXS sends an RPC again after a broken connection. Executed by hand it does not: the call fails with
// Disconnected, and its operation ends.
#pragma once

#include "client/exchange.h"

namespace nodepvxs::client {

class Rpc final : public Exchange {
public:
    // `argument` may be empty.
    Rpc(uint32_t call, std::shared_ptr<delivery::Outbox> outbox, Target target, Bytes request,
        std::shared_ptr<OperationPool> pool, pvxs::Value argument)
        : Exchange(call, std::move(outbox), 'r', std::move(target), std::move(request),
                   std::move(pool)),
          argument_(std::move(argument)) {}

private:
    std::shared_ptr<pvxs::client::Operation> open(pvxs::client::Context& context, OnInit onInit,
                                                  PooledOperation::Result onRefused) const override;
    bool run(PooledOperation& pooled) override;
    void answered(PooledOperation& pooled, pvxs::Value& value) override;

    const pvxs::Value argument_;
};

} // namespace nodepvxs::client
