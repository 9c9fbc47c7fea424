// Session: everything native that belongs to one JavaScript environment. The interface of src/ to binding/: plain C++
// types only, so that no PVXS type is visible through it.
//
// Threads: all functions on the environment's JS thread. `wake` is called on any thread.
// Owner:   the binding's Environment.
// Death:   shutdown() stops everything and joins PVXS's threads, for a limited time. Records are dropped from then on.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/subscription_stats.h"
#include "delivery/taken.h"
#include "server/server_info.h"
#include "upstream/definitions.h"
#include "upstream/report.h"
#include "wire/bytes.h"

namespace nodepvxs {

struct Span {
    const uint8_t* data = nullptr;
    size_t size = 0;
    explicit operator bool() const { return data != nullptr; }
};

struct Numbers {
    const uint32_t* data;
    size_t size;
};

struct PvTarget {
    uint32_t context = 0;
    std::string name;
    std::string server;
};

struct RequestTarget : PvTarget {
    Span request;
};

// An array that travels beside the records. `owner` keeps the memory alive.
struct SharedBytes {
    void* data = nullptr;
    size_t size = 0;
    std::shared_ptr<const void> owner;
};

struct Versions {
    std::string pvxs, epicsBase, libevent;
};

using Counts = std::map<std::string, uint64_t>;

class Session final {
public:
    explicit Session(std::function<void()> wake);
    ~Session();

    static Versions versions();
    static Counts instances();
    // What this process has none left of that a connection needs, or "".
    static std::string shortage();

    void addSlab(uint8_t* memory, uint32_t size);
    delivery::Taken take(int32_t back, bool linger);
    void give(int32_t slab);
    SharedBytes takeArray();
    void shutdown();
    Counts counts();

    void logTo(bool records);
    static void logLevel(const std::string& pattern, int level);

    void contextOpen(uint32_t context, uint32_t call, Definitions definitions);
    void contextClose(uint32_t context, uint32_t call);
    void get(uint32_t call, const RequestTarget& target);
    void info(uint32_t call, const PvTarget& target);
    void put(uint32_t call, const RequestTarget& target, uint32_t type, Span value, bool fetch);
    void putValue(uint32_t call, uint32_t type, Span value);
    void rpc(uint32_t call, const RequestTarget& target, Span argument);
    // Tells the worker to start the gets, puts and RPCs that were called since the last time.
    void ring(uint32_t context);
    void abandon(uint32_t call, bool report);
    void monitor(uint32_t subscription, const RequestTarget& target, uint32_t credit, bool latest);
    // The first `count` pairs of subscription and updates.
    void credit(Numbers pairs, uint32_t count);
    void pause(uint32_t subscription, bool on);
    std::optional<client::SubscriptionStats> monitorStats(uint32_t subscription);
    // How far it has come.
    void monitorPhase(uint32_t subscription, uint32_t call);
    void monitorClose(uint32_t subscription, uint32_t call);
    void connect(uint32_t connection, const PvTarget& target);
    void connectClose(uint32_t connection, uint32_t call);
    void discover(uint32_t discovery, uint32_t context, bool ping);
    void discoverClose(uint32_t discovery, uint32_t call);
    void hurryUp(uint32_t context);
    void cacheClear(uint32_t context, const std::string& name, int action);
    std::vector<upstream::ConnectionReport> contextReport(uint32_t context);

    void serverNew(uint32_t server, Definitions definitions, uint32_t maxQueue);
    void serverStart(uint32_t server, uint32_t call);
    void serverStop(uint32_t server, uint32_t call);
    void serverClose(uint32_t server, uint32_t call);
    std::optional<server::ServerInfo> serverInfo(uint32_t server);
    std::vector<upstream::ConnectionReport> serverReport(uint32_t server);
    bool serverAddSource(uint32_t server, const std::string& name, int order, uint32_t source);
    bool serverRemoveSource(uint32_t server, const std::string& name, int order);
    void sourceNew(uint32_t source, bool dynamic);
    bool sourceAdd(uint32_t source, const std::string& name, uint32_t pv);
    bool sourceRemove(uint32_t source, const std::string& name);
    void sourceMatch(uint32_t source, const std::vector<std::string>& names,
                     const std::vector<std::string>& patterns,
                     const std::vector<std::string>& flags);
    void sourceNames(uint32_t source, std::vector<std::string> names);
    void sourceFree(uint32_t source);
    void channelAttach(uint32_t channel, uint32_t pv);
    void pvNew(uint32_t pv, uint32_t flags);
    void pvOpen(uint32_t pv, Span type, Span value, bool stamp);
    // Subscribers get the value with the next deliver() or earlier: whatever is done to the PV next comes after it.
    void pvPost(uint32_t pv, Span value, bool stamp);
    void deliver();
    void pvClose(uint32_t pv);
    std::optional<Bytes> pvCurrent(uint32_t pv);
    uint32_t pvSubscribers(uint32_t pv);
    void pvFree(uint32_t pv);
    void operationReply(uint32_t operation, Span value, bool stamp);
    void operationError(uint32_t operation, const std::string& text);
    void operationLog(uint32_t operation, int level, const std::string& text);
    void operationRoles(uint32_t operation, uint32_t call);

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace nodepvxs
