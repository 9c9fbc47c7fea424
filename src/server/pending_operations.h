// PendingOperations: the operations that clients have asked of JavaScript and that have not been answered yet.
//
// Threads: ask() and channelClosed() on server workers; the answers on the JS thread; failServer() on a server's strand.
// Owner:   the Session, channels and PVs, by shared_ptr.
// Death:   an operation that is dropped without an answer is answered with an error: PVXS would leave its client waiting
//          for ever.
//
// Each operation is answered once: whatever takes it out of the table answers it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include <pvxs/source.h>

#include "delivery/outbox.h"
#include "delivery/value_type.h"
#include "wire/codec.h"

namespace nodepvxs::server {

enum class OperationKind : uint8_t { Put = 1, Rpc = 2, Get = 3 };

// The client behind a channel. JS is told once per channel, before the channel's first operation.
struct Caller {
    uint32_t channel = 0, pv = 0, server = 0;
    // On the worker: whether JS has been told.
    bool known = false;
    // On the worker: of the last request and the last put. Within one operation of the client they do not change.
    delivery::ValueType requestType, putType;
};

class PendingOperations final : public std::enable_shared_from_this<PendingOperations> {
public:
    explicit PendingOperations(std::shared_ptr<delivery::Outbox> outbox)
        : outbox_(std::move(outbox)) {}
    ~PendingOperations();

    uint32_t newChannelId();
    // `prototype`: the type that a Get must be answered in. `value`: empty for a Get, or for an RPC without an argument.
    void ask(OperationKind what, Caller& caller, std::unique_ptr<pvxs::server::ExecOp>&& op,
             const pvxs::Value& value, const pvxs::Value& prototype);
    void channelClosed(const Caller& caller);

    // `bytes`: type and full value for Rpc, changed fields for Get, ignored for Put. Null: no data. `stamped`: a Get is
    // answered with the current time.
    void reply(uint32_t operation, const uint8_t* bytes, size_t size, bool stamped);
    void error(uint32_t operation, const std::string& text);
    void log(uint32_t operation, int level, const std::string& text);
    // Looks up the groups of the client's account on this machine, which may block. Empty when the operation has been
    // answered.
    std::function<std::set<std::string>()> roles(uint32_t operation);

    // Answers everything that is open on a server with an error. True when there was something.
    bool failServer(uint32_t server, const std::string& text);
    size_t count();

private:
    struct Open {
        std::shared_ptr<pvxs::server::ExecOp> op;
        OperationKind what;
        uint32_t server;
        pvxs::Value prototype;
    };
    Open take(uint32_t operation);
    std::shared_ptr<pvxs::server::ExecOp> peek(uint32_t operation);
    void cancelled(uint32_t operation);
    uint32_t idOf(const pvxs::Value& value, delivery::ValueType& type);
    void introduce(Caller& caller, const pvxs::server::ExecOp& op);

    const std::shared_ptr<delivery::Outbox> outbox_;
    wire::TypedReader typed_; // only the JS thread replies
    std::mutex lock_;
    std::map<uint32_t, Open> open_;
    uint32_t lastOperation_ = 0, lastChannel_ = 0;
};

// Writes name and credentials as the Channel and Create records hold them.
void writeCaller(wire::Buffer& to, const pvxs::server::OpBase& op);

// Answers with an error. Never throws, whatever the state of the server.
void refuse(pvxs::server::ExecOp& op, const std::string& text);

} // namespace nodepvxs::server
