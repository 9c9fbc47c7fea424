// What a Context or a Server says of its connections.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pvxs {
namespace client {
class Context;
}
namespace server {
class Server;
}
} // namespace pvxs

namespace nodepvxs::upstream {

struct ConnectionReport {
    struct Channel {
        std::string name;
        uint64_t sent, received;
    };
    std::string peer, method, account;
    uint64_t sent, received;
    std::vector<Channel> channels;
};

// Waits for the worker, so not to be called on it.
std::vector<ConnectionReport> reportOf(const pvxs::client::Context& context);
std::vector<ConnectionReport> reportOf(const pvxs::server::Server& server);

} // namespace nodepvxs::upstream
