#include "client/context.h"

#include "client/discovery.h"
#include "client/pool.h"
#include "delivery/records.h"
#include "upstream/addresses.h"

namespace nodepvxs::client {

using delivery::Failure;

Context::Context(uint32_t id, std::shared_ptr<delivery::Outbox> outbox)
    : id(id), outbox_(std::move(outbox)), discoveries_(std::make_unique<Discoveries>(outbox_)),
      pool_(std::make_shared<OperationPool>(outbox_)) {}

Context::~Context() = default;

void Context::open(uint32_t call, Definitions definitions) {
    bool taken =
        strand_->run([self = shared_from_this(), call, definitions = std::move(definitions)] {
            self->build(call, definitions);
        });
    if (!taken)
        delivery::pushFailure(*outbox_, call, Failure::Resource,
                              "no thread to build the context on");
}

void Context::build(uint32_t call, const Definitions& definitions) {
    std::shared_ptr<pvxs::client::Context> built;
    delivery::Reason why;
    std::vector<std::string> ignored;
    std::string foreign;
    uint16_t port = 0, udpPort = 0;
    try {
        upstream::watchInterfaces();
        auto config = upstream::clientConfig(definitions, ignored);
        port = config.tcp_port;
        udpPort = config.udp_port;
        foreign = upstream::foreignInterface(config.interfaces);
        built = std::make_shared<pvxs::client::Context>(config.build());
        pool_->attach(built);
    } catch (std::exception& e) {
        built.reset();
        why = delivery::reasonOf(e);
        auto taken = upstream::takenPort(e, udpPort);
        if (!taken.empty()) why.text = taken;
    }
    std::vector<Start> waiting;
    {
        std::lock_guard<std::recursive_mutex> guard(lock_);
        if (state_ == State::Closed) // `built` is released when this returns
            return delivery::pushFailure(*outbox_, call, Failure::Closed, "the context was closed");
        state_ = built ? State::Open : State::Failed;
        defaultPort_ = port;
        pvxs_ = built;
        why_ = why;
        waiting.swap(waiting_);
        for (auto& start : waiting) start(built.get(), why_);
    }
    pool_->signal();
    if (built)
        outbox_->push({delivery::Kind::Result, 0, 0, 0, call, 0}, [&](wire::Buffer& to) {
            wire::put(to, uint32_t(1 + ignored.size()));
            wire::put(to, foreign);
            for (auto& entry : ignored) wire::put(to, entry);
        });
    else
        delivery::pushFailure(*outbox_, call, why.kind, why.text);
}

void Context::whenOpen(Start start) {
    std::lock_guard<std::recursive_mutex> guard(lock_);
    if (state_ == State::Building)
        waiting_.push_back(std::move(start));
    else
        start(pvxs_.get(), why_);
}

void Context::whenResolved(const std::string& server, StartAt start) {
    auto startAt = [start](const std::string& address) {
        return [start, address](pvxs::client::Context* context, const delivery::Reason& why) {
            start(context, context ? address : why.text, why.kind);
        };
    };
    if (server.empty() || upstream::isNumericAddress(server)) return whenOpen(startAt(server));
    bool taken = strand_->run([self = shared_from_this(), server, start, startAt] {
        std::string numeric;
        try {
            numeric = upstream::resolveServer(server, self->defaultPort_);
        } catch (std::exception& e) {
            auto why = delivery::reasonOf(e, Failure::Argument);
            return start(nullptr, why.text, why.kind);
        }
        self->whenOpen(startAt(numeric));
        self->pool_->signal();
    });
    if (!taken) start(nullptr, "no thread to look up '" + server + "' on", Failure::Resource);
}

void Context::close(std::function<void()> after) {
    std::vector<Start> waiting;
    std::shared_ptr<pvxs::client::Context> closing;
    {
        std::lock_guard<std::recursive_mutex> guard(lock_);
        state_ = State::Closed;
        why_ = {Failure::Closed, "the context is closed"};
        closing.swap(pvxs_);
        waiting.swap(waiting_);
    }
    for (auto& start : waiting) start(nullptr, why_);
    discoveries_->close();
    pool_->close();
    auto work = [self = shared_from_this(), closing, after]() mutable {
        threads::Strand::perform([&closing] {
            if (closing) closing->close();
            closing.reset();
        });
        after();
    };
    // If the system has no thread to give, the work is done here.
    if (!strand_->run(work)) work();
}

std::shared_ptr<pvxs::client::Context> Context::pvxs() {
    std::lock_guard<std::recursive_mutex> guard(lock_);
    return pvxs_;
}

} // namespace nodepvxs::client
