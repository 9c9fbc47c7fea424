// Put: INIT brings the type, then one EXEC sends a value that is encoded for exactly that type.
//
// PVXS runs a put's builder on its worker, which must never wait for JavaScript. So the operation is driven by hand
// (autoExec off). The value comes with the call, encoded for the type that was seen last, or from JS: an Init record
// asks for it when the type is unknown or different, or when the current value is wanted first. After a reconnect INIT
// comes again and JS may be asked again. Driven by hand, PVXS never sends an EXEC twice: a broken connection fails the
// call with Disconnected and ends the operation.
#pragma once

#include "client/exchange.h"

namespace nodepvxs::client {

class Put final : public Exchange {
public:
    // `value` is encoded for `type`; 0: ask. `fetch`: ask with the current value.
    Put(uint32_t call, std::shared_ptr<delivery::Outbox> outbox, Target target, Bytes request,
        std::shared_ptr<OperationPool> pool, uint32_t type, Bytes value, bool fetch);
    // JS thread: the answer to Init.
    void answer(uint32_t type, Bytes value);

private:
    std::shared_ptr<pvxs::client::Operation> open(pvxs::client::Context& context, OnInit onInit,
                                                  PooledOperation::Result onRefused) const override;
    bool run(PooledOperation& pooled) override;
    void answered(PooledOperation& pooled, pvxs::Value& value) override;
    void fetched(PooledOperation& pooled, pvxs::Value& value) override;
    void ask(const PooledOperation& pooled, const pvxs::Value* current);

    const bool fetch_;
    // On the worker, once started.
    uint32_t valueType_;
    Bytes value_;
};

} // namespace nodepvxs::client
