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

// The client is told by answerChannel(), on the worker, whether it has the channel. From onCreate() only.
void holdChannel(pvxs::server::ChannelControl& channel);
void answerChannel(pvxs::server::ChannelControl& channel, bool accept);
// Tells the clients that have searched over their connection that there are other names than before. On the worker.
void announceChange(const pvxs::server::Server& server);

enum class Stage : uint8_t { Search = 0, Connect = 1, Ready = 2 };
// Why a channel is not connected although a server has it: it was refused, with the server's text; the connection failed, with
// the system's; the server has not answered yet.
enum class Trouble : uint8_t { None = 0, Refused = 1, Unreached = 2, Unanswered = 3 };
struct Progress {
    Stage stage = Stage::Search;
    uint32_t searches = 0;
    std::string peer;
    Trouble trouble = Trouble::None;
    std::string why;
    // While searching: the name servers without a connection, with the reason, one a line.
    std::string nameServers;
    // While searching: how many servers have sent beacons in the last six minutes, and the addresses of a few.
    uint32_t beaconing = 0;
    std::string beacons;
};

// The following run on the worker only.
Progress progressOf(const pvxs::client::Operation& operation);
Progress progressOf(const pvxs::client::Subscription& subscription);
// Connects to lost name servers now.
void hurryConnections(const pvxs::client::Context& context);
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
