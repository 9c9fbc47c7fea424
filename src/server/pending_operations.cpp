#include "server/pending_operations.h"

#include "log/listener.h"
#include "server/stamp.h"

namespace nodepvxs::server {

using delivery::Kind;

void writeCaller(wire::Buffer& to, const pvxs::server::OpBase& op) {
    auto& who = *op.credentials();
    wire::put(to, op.name());
    wire::put(to, who.peer);
    wire::put(to, who.iface);
    wire::put(to, who.method);
    wire::put(to, who.account);
}

void refuse(pvxs::server::ExecOp& op, const std::string& text) {
    try {
        op.error(text.empty() ? "the operation was refused without a reason" : text);
    } catch (std::exception&) {
        // The server's worker has ended, and the client's connection with it.
    }
}

PendingOperations::~PendingOperations() {
    for (auto& entry : open_) refuse(*entry.second.op, "the operation was not answered");
}

uint32_t PendingOperations::newChannelId() {
    std::lock_guard<std::mutex> guard(lock_);
    return ++lastChannel_;
}

void PendingOperations::introduce(Caller& caller, const pvxs::server::ExecOp& op) {
    if (caller.known) return;
    caller.known = true;
    outbox_->push({Kind::Channel, 0, 0, 0, caller.channel, 0}, [&](wire::Buffer& to) {
        wire::put(to, caller.pv);
        wire::put(to, caller.server);
        writeCaller(to, op);
    });
}

uint32_t PendingOperations::idOf(const pvxs::Value& value, delivery::ValueType& type) {
    type.update(*outbox_, value);
    return type.id();
}

void PendingOperations::ask(OperationKind what, Caller& caller,
                            std::unique_ptr<pvxs::server::ExecOp>&& exec, const pvxs::Value& value,
                            const pvxs::Value& prototype) {
    std::shared_ptr<pvxs::server::ExecOp> op(std::move(exec));
    introduce(caller, *op);
    auto& request = op->pvRequest();
    uint32_t requestType = 0, valueType = 0;
    if (request && request.type() == pvxs::TypeCode::Struct)
        requestType = idOf(request, caller.requestType);
    if (value && what == OperationKind::Put)
        valueType = idOf(value, caller.putType);
    else if (value) // each RPC brings its own type
        valueType = outbox_->typeId(wire::describe(value));
    uint32_t id;
    {
        std::lock_guard<std::mutex> guard(lock_);
        do id = ++lastOperation_;
        while (id == 0 || open_.count(id) != 0);
        open_[id] = {op, what, caller.server, prototype};
    }
    std::weak_ptr<PendingOperations> weak = weak_from_this();
    op->onCancel([weak, id] {
        if (auto self = weak.lock()) self->cancelled(id);
    });
    outbox_->push({Kind::Operation, uint8_t(what), 0, 0, id, valueType}, [&](wire::Buffer& to) {
        wire::put(to, caller.channel);
        wire::put(to, caller.pv);
        wire::put(to, requestType);
        if (requestType) wire::writeValue(to, request);
        if (valueType) wire::writeValue(to, value);
    });
}

void PendingOperations::channelClosed(const Caller& caller) {
    if (caller.known) outbox_->push({Kind::ChannelClosed, 0, 0, 0, caller.channel, 0});
}

PendingOperations::Open PendingOperations::take(uint32_t operation) {
    std::lock_guard<std::mutex> guard(lock_);
    auto found = open_.find(operation);
    if (found == open_.end()) return {};
    auto out = std::move(found->second);
    open_.erase(found);
    return out;
}

std::shared_ptr<pvxs::server::ExecOp> PendingOperations::peek(uint32_t operation) {
    std::lock_guard<std::mutex> guard(lock_);
    auto found = open_.find(operation);
    return found == open_.end() ? nullptr : found->second.op;
}

void PendingOperations::reply(uint32_t operation, const uint8_t* bytes, size_t size, bool stamped) {
    auto open = take(operation);
    if (!open.op) return;
    try {
        if (open.what == OperationKind::Put || (!bytes && open.what == OperationKind::Rpc)) {
            open.op->reply();
        } else if (open.what == OperationKind::Rpc) {
            open.op->reply(typed_.read(bytes, size));
        } else {
            // PVXS needs the very type that the operation was connected with.
            auto value = open.prototype.cloneEmpty();
            if (bytes) wire::readChanged(value, bytes, size);
            if (stamped) Stamp(value).set(value);
            open.op->reply(value);
        }
    } catch (std::exception& e) {
        refuse(*open.op, e.what());
    }
}

void PendingOperations::error(uint32_t operation, const std::string& text) {
    if (auto open = take(operation); open.op) refuse(*open.op, text);
}

void PendingOperations::log(uint32_t operation, int level, const std::string& text) {
    auto op = peek(operation);
    if (!op) return;
    try {
        op->logRemote(log::levelOf(level), text);
    } catch (std::exception&) {
        // The worker has ended, and the connection with it.
    }
}

std::function<std::set<std::string>()> PendingOperations::roles(uint32_t operation) {
    auto op = peek(operation);
    if (!op) return {};
    return [who = op->credentials()] { return who->roles(); };
}

void PendingOperations::cancelled(uint32_t operation) {
    if (take(operation).op) outbox_->push({Kind::Cancelled, 0, 0, 0, operation, 0});
}

bool PendingOperations::failServer(uint32_t server, const std::string& text) {
    std::map<uint32_t, Open> failing;
    {
        std::lock_guard<std::mutex> guard(lock_);
        for (auto it = open_.begin(); it != open_.end();) {
            if (it->second.server == server) {
                failing.insert(std::move(*it));
                it = open_.erase(it);
            } else {
                ++it;
            }
        }
    }
    for (auto& entry : failing) {
        refuse(*entry.second.op, text);
        outbox_->push({Kind::Cancelled, 0, 0, 0, entry.first, 0});
    }
    return !failing.empty();
}

size_t PendingOperations::count() {
    std::lock_guard<std::mutex> guard(lock_);
    return open_.size();
}

} // namespace nodepvxs::server
