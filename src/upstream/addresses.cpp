#include "upstream/addresses.h"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <system_error>

#ifndef _WIN32
#include <netdb.h>
#endif

#include "threads/shortage.h"
#include "upstream/internals.h"

namespace nodepvxs::upstream {

bool isNumericAddress(const std::string& text) {
    try {
        pvxs::SockAddr address;
        address.setAddress(text.c_str(), 1);
        return true;
    } catch (std::exception&) {
        return false;
    }
}

pvxs::client::Config clientConfig(const Definitions& definitions,
                                  std::vector<std::string>& ignored) {
    pvxs::impl::ignoredAddresses = &ignored;
    pvxs::client::Config config;
    try {
        config.applyDefs(definitions);
    } catch (...) {
        pvxs::impl::ignoredAddresses = nullptr;
        throw;
    }
    pvxs::impl::ignoredAddresses = nullptr;
    return config;
}

namespace {
// On the only address of a network, some hosts have it as broadcast address too.
bool isBroadcast(const pvxs::SockAddr& address) {
    auto map = pvxs::impl::IfaceMap::instance();
    auto [at, end] = map.current->byAddr.equal_range(address);
    bool found = at != end;
    for (; at != end; ++at)
        if (!at->second.second) return false;
    return found || address == pvxs::SockAddr("255.255.255.255");
}

bool isOfThisHost(const pvxs::SockAddr& address) {
    if (address.isAny() || address.isMCast()) return true;
    // The system would bind a socket to it, but no client could connect to that.
    if (isBroadcast(address)) return false;
    pvxs::impl::evsocket socket(address.family(), SOCK_DGRAM, 0);
    try {
        socket.bind(address);
    } catch (std::exception&) {
        return false;
    }
    return true;
}

// Looked up anew: PVXS's own list is up to 15 s old.
std::string addressesOfThisHost() {
    std::string all;
    auto current = pvxs::impl::IfaceMap::refresh();
    for (auto& byIndex : current->byIndex)
        for (auto& address : byIndex.second.addrs)
            all += (all.empty() ? "" : ", ") + address.first.tostring();
    return all;
}
} // namespace

std::string foreignInterface(const std::vector<std::string>& interfaces) {
    std::vector<std::string> foreign;
    for (auto& text : interfaces) {
        if (!isNumericAddress(text)) continue;
        pvxs::SockAddr address;
        address.setAddress(text.c_str(), 0);
        address.setPort(0);
        auto name = address.tostring();
        bool told = std::find(foreign.begin(), foreign.end(), name) != foreign.end();
        if (!told && !isOfThisHost(address)) foreign.push_back(name);
    }
    if (foreign.empty()) return {};
    std::string all;
    for (auto& name : foreign) all += (all.empty() ? "'" : ", '") + name + "'";
    auto what = foreign.size() == 1 ? "interface " + all + " is not an address"
                                    : "interfaces " + all + " are not addresses";
    return what + " of this host, which has " + addressesOfThisHost();
}

std::string takenPort(const std::exception& error, uint16_t udpPort) {
    auto failure = dynamic_cast<const std::system_error*>(&error);
    if (!failure) return {};
    auto port = "UDP port " + std::to_string(udpPort);
    if (failure->code() == std::errc::address_in_use)
        return port + " is taken by a program that does not share it: " + error.what();
    if (failure->code() == std::errc::permission_denied)
        return port + " is not for this user; ports below 1024 need a privilege: " + error.what();
    return {};
}

void watchInterfaces() { (void)pvxs::impl::IfaceMap::instance(); }

std::string resolveServer(const std::string& text, uint16_t defaultPort) {
    if (!isNumericAddress(text)) {
        auto colon = text.rfind(':');
        auto host = text.substr(0, colon);
        auto port =
            colon == std::string::npos ? std::to_string(defaultPort) : text.substr(colon + 1);
        addrinfo hints{};
        hints.ai_family = AF_UNSPEC;
        hints.ai_socktype = SOCK_STREAM;
        addrinfo* found = nullptr;
        int status = getaddrinfo(host.c_str(), nullptr, &hints, &found);
        // Of files that it could not open the C library says only that it found nothing.
        if (status != 0 && !threads::descriptorsShort().empty())
            throw std::system_error(std::make_error_code(std::errc::too_many_files_open));
        if (status != 0 || !found)
            throw std::invalid_argument("the server '" + text + "' cannot be resolved");
        std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
        // The first IPv4 address, since PVXS listens there by default. Otherwise the first of any kind.
        for (auto info = found; info; info = info->ai_next)
            if (info->ai_family == AF_INET) {
                found = info;
                break;
            }
        pvxs::SockAddr address(found->ai_addr, socklen_t(found->ai_addrlen));
        address.setPort(uint16_t(std::stoul(port)));
        return address.tostring();
    }
    pvxs::SockAddr address;
    address.setAddress(text.c_str(), defaultPort);
    return address.tostring();
}

} // namespace nodepvxs::upstream
