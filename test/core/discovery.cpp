// PVXS 1.5.3 passes beacons to discoveries on the UDP worker, and adds and removes discoveries on the TCP worker, without a
// lock: a beacon that comes meanwhile walks a list that changes. cmake/pvxs/patches.cmake fixes that. Without the fix this
// test crashes, and ThreadSanitizer sees the race at once.
#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <arpa/inet.h>
#include <sys/socket.h>
#endif

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <thread>
#include <vector>

#include <pvxs/client.h>
#include <pvxs/log.h>
#include <pvxs/server.h>

namespace {

// A beacon. A different `change` means that something is new on the server.
std::vector<uint8_t> beacon(uint8_t server, uint8_t change) {
    std::vector<uint8_t> out{0xca, 2, 0, 0, 0, 0, 0, 0};
    out.insert(out.end(), 12, server); // GUID
    out.insert(out.end(), {0, 0, change, 0});
    out.insert(out.end(), 10, 0);
    out.insert(out.end(), {0xff, 0xff, 127, 0, 0, 1, server, 200, 3, 't', 'c', 'p', 0xff});
    out[4] = uint8_t(out.size() - 8);
    return out;
}

} // namespace

int main() {
    // PVXS makes its log at first use, with a double-checked lock that ThreadSanitizer cannot follow between threads.
    pvxs::logger_level_clear();
    auto server = pvxs::server::Config::isolated().build().start();
    auto context = server.clientConfig().build();
    auto socket = ::socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(server.config().udp_port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    std::atomic<bool> over{false};
    std::thread sender([&] {
        for (int n = 0; !over; n++) {
            auto message = beacon(uint8_t(n % 8), uint8_t(n / 8));
            sendto(socket, reinterpret_cast<const char*>(message.data()), int(message.size()), 0,
                   reinterpret_cast<const sockaddr*>(&to), sizeof(to));
            if (n % 16 == 0) std::this_thread::sleep_for(std::chrono::microseconds(50));
        }
    });
    std::atomic<size_t> told{0};
    auto end = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    size_t rounds = 0;
    for (; std::chrono::steady_clock::now() < end; rounds++) {
        std::vector<std::shared_ptr<pvxs::client::Operation>> open;
        for (int k = 0; k < 20; k++)
            open.push_back(context.discover([&told](const pvxs::client::Discovered&) { told++; })
                               .pingAll(false)
                               .syncCancel(false)
                               .exec());
        std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    over = true;
    sender.join();
    context.close();
    std::printf("%zu rounds, told %zu times\n", rounds, told.load());
    if (told == 0) {
        std::printf("FAILED: no beacon was heard\n");
        return 1;
    }
    std::printf("ok\n");
    return 0;
}
