#include "client/exchange.h"

namespace nodepvxs::client {

Exchange::Exchange(uint32_t call, std::shared_ptr<delivery::Outbox> outbox, char kind,
                   Target target, Bytes request, std::shared_ptr<OperationPool> pool)
    : Operation(call, std::move(outbox), std::move(target)), pool_(std::move(pool)), kind_(kind),
      request_(std::move(request)) {}

std::shared_ptr<pvxs::client::Operation> Exchange::start(pvxs::client::Context&) {
    key_.reserve(target_.name.size() + target_.server.size() + request_.size() + 3);
    key_ += kind_;
    key_ += target_.name;
    key_ += '\0';
    key_ += target_.server;
    key_ += '\0';
    key_.append(reinterpret_cast<const char*>(request_.data()), request_.size());
    pool_->begin(std::static_pointer_cast<Exchange>(shared_from_this()));
    return nullptr;
}

void Exchange::giveUp(bool report) {
    auto self = std::static_pointer_cast<Exchange>(shared_from_this());
    if (!pool_->abandon(self, report) && report) reportPhase(nullptr, false);
}

void Exchange::fetched(PooledOperation&, pvxs::Value&) {}

} // namespace nodepvxs::client
