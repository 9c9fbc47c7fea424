// Context: one PVXS client context, built and closed off the JS thread (both may block on DNS or a worker).
//
// Threads: open(), close(), whenOpen(), whenResolved() on the JS thread; building, closing and looking up hosts on the
//          context's strand.
// Owner:   the Session's table, by shared_ptr. Work on the strand keeps it alive until it is done.
// Death:   close() is final. What waits in whenOpen() is told so.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <pvxs/client.h>

#include "delivery/outbox.h"
#include "delivery/records.h"
#include "threads/strand.h"
#include "upstream/definitions.h"

namespace nodepvxs::client {

class Discoveries;
class OperationPool;

class Context final : public std::enable_shared_from_this<Context> {
public:
    // Called with the PVXS context, or with nullptr and the reason why there is none.
    using Start = std::function<void(pvxs::client::Context*, const delivery::Reason& why)>;
    // The same with the server as an address; without a context, the reason and its kind.
    using StartAt = std::function<void(pvxs::client::Context*, const std::string& serverOrWhy,
                                       delivery::Failure kind)>;

    Context(uint32_t id, std::shared_ptr<delivery::Outbox> outbox);
    ~Context();
    const uint32_t id;

    void open(uint32_t call, Definitions definitions);
    // Runs `start` at once, or as soon as the context has been built, under this object's lock. A start that finds the
    // context open is thus queued on the worker before a close() can be: PVXS crashes when it executes a connect()
    // after the close.
    void whenOpen(Start start);
    // Like whenOpen, with `server` made numeric first: PVXS would look it up on its worker.
    void whenResolved(const std::string& server, StartAt start);
    // Closes on the strand, then `after`. May be called again.
    void close(std::function<void()> after);
    // Nullptr unless open.
    std::shared_ptr<pvxs::client::Context> pvxs();
    [[nodiscard]] const std::shared_ptr<threads::Strand>& strand() const { return strand_; }
    Discoveries& discoveries() { return *discoveries_; }
    [[nodiscard]] const std::shared_ptr<OperationPool>& pool() const { return pool_; }

private:
    enum class State { Building, Open, Failed, Closed };
    void build(uint32_t call, const Definitions& definitions);

    const std::shared_ptr<delivery::Outbox> outbox_;
    const std::shared_ptr<threads::Strand> strand_ = std::make_shared<threads::Strand>();
    const std::unique_ptr<Discoveries> discoveries_;
    const std::shared_ptr<OperationPool> pool_;
    std::recursive_mutex lock_;
    State state_ = State::Building;
    delivery::Reason why_;
    uint16_t defaultPort_ = 5075;
    std::shared_ptr<pvxs::client::Context> pvxs_;
    std::vector<Start> waiting_;
};

} // namespace nodepvxs::client
