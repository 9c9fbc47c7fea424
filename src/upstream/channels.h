// What we need of PVXS's client and server objects beyond their public interface.
#pragma once

#include <string>

#include "threads/loop.h"

namespace nodepvxs::upstream {

threads::Loop loopOf(const pvxs::client::Operation& operation);
threads::Loop loopOf(const pvxs::client::Subscription& subscription);
threads::Loop loopOf(const pvxs::client::Connect& connect);
threads::Loop loopOf(const pvxs::client::Context& context);
threads::Loop loopOf(const pvxs::server::ChannelControl& channel);
threads::Loop loopOf(const pvxs::server::Server& server);

enum class Stage : uint8_t { Search = 0, Connect = 1, Ready = 2 };
struct Progress {
    Stage stage = Stage::Search;
    uint32_t searches = 0;
    std::string peer;
    // While searching: how many servers have sent beacons in the last six minutes, and the addresses of a few.
    uint32_t beaconing = 0;
    std::string beacons;
};

// The following run on the worker only.
Progress progressOf(const pvxs::client::Operation& operation);
std::string peerOf(const pvxs::client::Connect& connect);
// Asks all servers to announce themselves now.
void pingServers(const pvxs::client::Context& context);
// Forgets the unused channels of `name`, or of all names when it is empty. With Drop, new operations also get a channel of
// their own while what uses the old one keeps it. Disconnect also disconnects the channels in use, which then search again.
// Not PVXS's own cacheClear(): that drops channels in use from the table in which answers to searches are looked up, and
// their users never connect again.
void clearCache(const pvxs::client::Context& context, const std::string& name,
                pvxs::client::Context::cacheAction action);

} // namespace nodepvxs::upstream
