// A server that costs next to nothing: it speaks just enough PVAccess to answer search, channel and
// monitor set-up, then sends update messages that were encoded beforehand, in large blocks, as far
// as the subscriber's window goes. It shows how fast a *client* can be; a real server is the limit
// before the client is.
//
//   scalar:K         NTScalar double, value and time change (the load of load_server's load:K)
//   full:K           NTScalar double, every leaf changes
//   array:BYTES:K    NTScalarArray double of so many bytes
//
// A subscriber without pipeline gets as much as the socket takes. Prints {"tcp": port}; after each
// line on stdin what was sent and the processor time since the line before; ends with stdin.
//
// Threads: one per connection, which owns all of its state; `sent` is shared.

#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "replay_messages.h"

using namespace replay;

namespace {

std::atomic<uint64_t> sent{0};

class Connection {
public:
    Connection(int socket, uint16_t port) : socket(socket), port(port) {}
    ~Connection() { ::close(socket); }

    void run() {
        greet();
        for (;;) {
            const bool more = fill();
            pollfd p{socket, short(POLLIN | (more || at < out.size() ? POLLOUT : 0)), 0};
            if (::poll(&p, 1, -1) < 0) return;
            if ((p.revents & POLLOUT) && !flush()) return;
            if ((p.revents & (POLLIN | POLLHUP | POLLERR)) && !receive()) return;
        }
    }

private:
    struct Monitor {
        uint32_t ioid = 0;
        const Stream* stream = nullptr;
        uint64_t window = 0, number = 0;
        bool pipeline = false, running = false;
    };

    void send(uint8_t command, const Bytes& body) {
        const auto m = message(command, body);
        out.insert(out.end(), m.begin(), m.end());
    }

    void greet() {
        const uint8_t order = hostBE ? uint8_t(pva_flags::MSB) : uint8_t(0);
        for (uint8_t b :
             {uint8_t(0xca), uint8_t(2), uint8_t(pva_flags::Control | pva_flags::Server | order),
              uint8_t(pva_ctrl_msg::SetEndian), uint8_t(0), uint8_t(0), uint8_t(0), uint8_t(0)})
            out.push_back(b);
        send(CMD_CONNECTION_VALIDATION, encoded([](Buffer& b) {
                 to_wire(b, uint32_t(0x10000));
                 to_wire(b, uint16_t(0x7fff));
                 to_wire(b, Size{1});
                 to_wire(b, "anonymous");
             }));
    }

    // Puts updates of the monitors whose window is open into `out`, in turn. True when there is more.
    bool fill() {
        constexpr size_t block = 256 * 1024;
        if (at > block && at >= out.size() - at) { // what was sent goes; moves less than it frees
            out.erase(out.begin(), out.begin() + std::ptrdiff_t(at));
            at = 0;
        }
        // In turn, from where the last block ended: otherwise the last ones starve.
        size_t idle = 0;
        while (idle < monitors.size() && out.size() - at < block) {
            if (next >= monitors.size()) next = 0;
            auto& m = monitors[next++];
            idle++;
            // A run of several for one PV, then the next: as a socket buffer of a busy server looks.
            for (int i = 0; i < 4 && m.running && (!m.pipeline || m.window); i++) {
                append(m);
                idle = 0;
            }
        }
        return idle < monitors.size();
    }

    void append(Monitor& m) {
        const auto& s = *m.stream;
        const auto& t = m.number ? s.rest[m.number % s.rest.size()] : s.first;
        const size_t start = out.size();
        out.resize(start + t.bytes.size());
        std::memcpy(out.data() + start, t.bytes.data(), t.bytes.size());
        t.stamp(out.data() + start, m.ioid, m.number++);
        if (m.pipeline) m.window--;
        sent++;
    }

    bool flush() {
        while (at < out.size()) {
            const auto n =
                ::send(socket, out.data() + at, out.size() - at, MSG_NOSIGNAL | MSG_DONTWAIT);
            if (n < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
            at += size_t(n);
        }
        return true;
    }

    bool receive() {
        uint8_t chunk[65536];
        const auto n = ::recv(socket, chunk, sizeof chunk, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN)) return false;
        if (n > 0) in.insert(in.end(), chunk, chunk + n);
        size_t done = 0;
        while (in.size() - done >= 8) {
            const uint8_t* head = in.data() + done;
            const bool be = head[2] & pva_flags::MSB;
            if (head[2] & pva_flags::Control) {
                done += 8;
                continue;
            }
            FixedBuf lengthAt(be, in.data() + done + 4, 4);
            uint32_t length = 0;
            from_wire(lengthAt, length);
            if (in.size() - done - 8 < length) break;
            FixedBuf body(be, in.data() + done + 8, length);
            handle(head[3], body);
            if (!body.good()) return false;
            done += 8 + length;
        }
        in.erase(in.begin(), in.begin() + std::ptrdiff_t(done));
        return true;
    }

    void handle(uint8_t command, Buffer& b) {
        switch (command) {
        case CMD_CONNECTION_VALIDATION:
            send(CMD_CONNECTION_VALIDATED, encoded([](Buffer& o) { to_wire(o, Status{}); }));
            break;
        case CMD_ECHO:
            send(CMD_ECHO, Bytes(b.save(), b.save() + b.size()));
            break;
        case CMD_SEARCH:
            search(b);
            break;
        case CMD_CREATE_CHANNEL:
            create(b);
            break;
        case CMD_MONITOR:
            monitor(b);
            break;
        case CMD_DESTROY_REQUEST: {
            uint32_t sid = 0, ioid = 0;
            from_wire(b, sid);
            from_wire(b, ioid);
            forget(ioid);
            break;
        }
        default:
            break;
        }
    }

    void search(Buffer& b) {
        uint32_t sequence = 0;
        from_wire(b, sequence);
        b.skip(1 + 3 + 16 + 2, __FILE__, __LINE__); // flags, reserved, reply address and port
        Size protocols{0};
        from_wire(b, protocols);
        for (size_t i = 0; i < protocols.size; i++) {
            std::string ignored;
            from_wire(b, ignored);
        }
        uint16_t count = 0;
        from_wire(b, count);
        std::vector<uint32_t> found;
        for (uint16_t i = 0; i < count; i++) {
            uint32_t cid = 0;
            std::string name;
            from_wire(b, cid);
            from_wire(b, name);
            if (b.good() && streamOf(name)) found.push_back(cid);
        }
        if (found.empty()) return;
        send(CMD_SEARCH_RESPONSE, encoded([&](Buffer& o) {
                 for (int i = 0; i < 12; i++) to_wire(o, uint8_t(0x42 + i)); // GUID
                 to_wire(o, sequence);
                 for (int i = 0; i < 16; i++)
                     to_wire(o, uint8_t(0)); // any address: where you asked
                 to_wire(o, port);
                 to_wire(o, "tcp");
                 to_wire(o, uint8_t(1));
                 to_wire(o, uint16_t(found.size()));
                 for (auto cid : found) to_wire(o, cid);
             }));
    }

    void create(Buffer& b) {
        uint16_t count = 0;
        from_wire(b, count);
        for (uint16_t i = 0; i < count && b.good(); i++) {
            uint32_t cid = 0;
            std::string name;
            from_wire(b, cid);
            from_wire(b, name);
            channels.push_back(streamOf(name));
            const auto sid = uint32_t(channels.size() - 1);
            send(CMD_CREATE_CHANNEL, encoded([&](Buffer& o) {
                     to_wire(o, cid);
                     to_wire(o, sid);
                     to_wire(o, channels.back() ? Status{} : Status::error("no such name"));
                 }));
        }
    }

    void monitor(Buffer& b) {
        uint32_t sid = 0, ioid = 0, acknowledged = 0;
        uint8_t what = 0;
        from_wire(b, sid);
        from_wire(b, ioid);
        from_wire(b, what);
        if (what & 0x08) {
            Value request;
            TypeStore types;
            from_wire_type_value(b, types, request);
            Monitor m;
            m.ioid = ioid;
            m.stream = sid < channels.size() ? channels[sid] : nullptr;
            m.pipeline = what & 0x80;
            if (m.pipeline) {
                uint32_t window = 0;
                from_wire(b, window);
                m.window = window;
            }
            if (!m.stream) return;
            send(CMD_MONITOR, encoded([&](Buffer& o) {
                     to_wire(o, ioid);
                     to_wire(o, uint8_t(0x08));
                     to_wire(o, Status{});
                     to_wire(o, Value::Helper::desc(m.stream->prototype));
                 }));
            monitors.push_back(m);
            return;
        }
        if (what & 0x80) from_wire(b, acknowledged);
        for (auto& m : monitors) {
            if (m.ioid != ioid) continue;
            m.window += acknowledged;
            if (what & 0x04) m.running = what & 0x40;
        }
        if (what & 0x10) forget(ioid);
    }

    void forget(uint32_t ioid) {
        monitors.erase(std::remove_if(monitors.begin(), monitors.end(),
                                      [ioid](const Monitor& m) { return m.ioid == ioid; }),
                       monitors.end());
    }

    const int socket;
    const uint16_t port;
    Bytes in, out;
    size_t at = 0; // of `out`, sent so far
    std::vector<const Stream*> channels;
    std::vector<Monitor> monitors;
    size_t next = 0; // of `monitors`, whose turn it is
};

uint16_t listenOn(int& listener) {
    listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (listener < 0 || ::bind(listener, reinterpret_cast<sockaddr*>(&address), size) < 0 ||
        ::listen(listener, 64) < 0 ||
        ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) < 0)
        throw std::runtime_error("cannot listen on loopback");
    return ntohs(address.sin_port);
}

void serve() {
    int listener = -1;
    const uint16_t port = listenOn(listener);
    bench::Line().add("tcp", port);
    // Detached: the process ends with stdin, whatever they are doing.
    std::thread([listener, port] {
        for (int s; (s = ::accept(listener, nullptr, nullptr)) >= 0;) {
            int on = 1;
            ::setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            std::thread([s, port] { Connection(s, port).run(); }).detach();
        }
    }).detach();

    uint64_t before = 0;
    double cpu = bench::cpuSeconds();
    auto start = bench::Clock::now();
    for (std::string line; std::getline(std::cin, line);) {
        const uint64_t n = sent;
        const double c = bench::cpuSeconds();
        bench::Line()
            .add("posted", n - before)
            .add("cpu", c - cpu)
            .add("seconds", bench::since(start));
        before = n;
        cpu = c;
        start = bench::Clock::now();
    }
    std::_Exit(0);
}

} // namespace

int main() { return bench::guarded(serve); }
