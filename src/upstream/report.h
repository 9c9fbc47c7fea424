// What a Context or a Server reports about its connections.
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

// Waits for the worker, so it must not be called on the worker.
std::vector<ConnectionReport> reportOf(const pvxs::client::Context& context);
std::vector<ConnectionReport> reportOf(const pvxs::server::Server& server);

} // namespace nodepvxs::upstream
