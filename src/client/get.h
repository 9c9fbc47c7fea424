// Get: one execution of a kept operation.
#pragma once

#include "client/exchange.h"

namespace nodepvxs::client {

class Get final : public Exchange {
public:
    Get(uint32_t call, std::shared_ptr<delivery::Outbox> outbox, Target target, Bytes request,
        std::shared_ptr<Keeper> keeper)
        : Exchange(call, std::move(outbox), 'g', std::move(target), std::move(request),
                   std::move(keeper)) {}

private:
    std::shared_ptr<pvxs::client::Operation> open(pvxs::client::Context& context, OnInit onInit,
                                                  Kept::Result onRefused) const override;
    bool run(Kept& kept) override;
    void answered(Kept& kept, pvxs::Value& value) override;
};

} // namespace nodepvxs::client
