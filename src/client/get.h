// Get: one execution of an operation of the pool.
#pragma once

#include "client/exchange.h"

namespace nodepvxs::client {

class Get final : public Exchange {
public:
    Get(uint32_t call, std::shared_ptr<delivery::Outbox> outbox, Target target, Bytes request,
        std::shared_ptr<OperationPool> pool)
        : Exchange(call, std::move(outbox), 'g', std::move(target), std::move(request),
                   std::move(pool)) {}

private:
    std::shared_ptr<pvxs::client::Operation> open(pvxs::client::Context& context, OnInit onInit,
                                                  PooledOperation::Result onRefused) const override;
    bool run(PooledOperation& pooled) override;
    void answered(PooledOperation& pooled, pvxs::Value& value) override;
};

} // namespace nodepvxs::client
