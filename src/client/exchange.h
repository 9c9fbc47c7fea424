// Exchange: a call that is served by an operation of the pool.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "client/operation.h"
#include "client/pool.h"
#include "wire/codec.h"

namespace nodepvxs::client {

class Exchange : public Operation {
public:
    // `request` is encoded; empty: the default.
    Exchange(uint32_t call, std::shared_ptr<delivery::Outbox> outbox, char kind, Target target,
             Bytes request, std::shared_ptr<OperationPool> pool);

protected:
    friend class OperationPool;
    using OnInit = std::function<void(const pvxs::Value&)>;

    // Makes an operation that can serve this call and others with the same key.
    virtual std::shared_ptr<pvxs::client::Operation>
    open(pvxs::client::Context& context, OnInit onInit,
         PooledOperation::Result onRefused) const = 0;
    // INIT has been answered: executes, or asks JavaScript for what it needs. False: the call is settled already.
    virtual bool run(PooledOperation& pooled) = 0;
    virtual void answered(PooledOperation& pooled, pvxs::Value& value) = 0;
    // The result of an execution that was not the last.
    virtual void fetched(PooledOperation& pooled, pvxs::Value& value);

    template <typename Builder>
    Builder& prepare(Builder& builder) const {
        if (!request_.empty())
            builder.rawRequest(wire::readTyped(request_.data(), request_.size()));
        return builder.server(target_.server).syncCancel(false).autoExec(false);
    }

    const std::shared_ptr<OperationPool> pool_;
    std::weak_ptr<PooledOperation> pooled_; // what serves it; on the worker

private:
    std::shared_ptr<pvxs::client::Operation> start(pvxs::client::Context& context) final;
    void giveUp(bool report) final;

    const char kind_;
    const Bytes request_;
    // Calls with the same key may use the same operation. Set once the server's address is known.
    std::string key_;
};

} // namespace nodepvxs::client
