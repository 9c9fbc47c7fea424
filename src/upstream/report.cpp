#include "upstream/report.h"

#include "upstream/channels.h"

namespace nodepvxs::upstream {

namespace {

ConnectionReport reportOf(const pvxs::Report::Connection& connection) {
    ConnectionReport out;
    out.peer = connection.peer;
    if (connection.credentials) {
        out.method = connection.credentials->method;
        out.account = connection.credentials->account;
    }
    out.sent = connection.tx;
    out.received = connection.rx;
    for (auto& channel : connection.channels)
        out.channels.push_back({channel.name, channel.tx, channel.rx});
    return out;
}

template <typename Peer>
std::vector<ConnectionReport> reportFrom(const Peer& peer) {
    pvxs::Report report;
    loopOf(peer).call([&] { report = peer.report(false); });
    std::vector<ConnectionReport> out;
    for (auto& connection : report.connections) out.push_back(reportOf(connection));
    return out;
}

} // namespace

std::vector<ConnectionReport> reportOf(const pvxs::client::Context& context) {
    return reportFrom(context);
}

std::vector<ConnectionReport> reportOf(const pvxs::server::Server& server) {
    return reportFrom(server);
}

} // namespace nodepvxs::upstream
