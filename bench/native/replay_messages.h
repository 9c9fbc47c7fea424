// The update messages of replay_server, encoded beforehand: what each kind of PV sends, with places
// where the running number goes in.
//
// Threads: a Stream is made once, under a lock, and only read from then on.
#pragma once

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include <dataimpl.h>
#include <pvaproto.h>

#include "bench.h"

namespace replay {

using namespace pvxs;
using namespace pvxs::impl;
using Bytes = std::vector<uint8_t>;

template <typename Fill>
Bytes encoded(Fill&& fill) {
    Bytes out;
    VectorOutBuf buf(hostBE, out);
    fill(buf);
    if (!buf.good()) throw std::runtime_error("an encoder ran out of space");
    out.resize(buf.consumed());
    return out;
}

inline Bytes message(uint8_t command, const Bytes& body) {
    auto out = encoded(
        [&](Buffer& b) { to_wire(b, Header{command, pva_flags::Server, uint32_t(body.size())}); });
    out.insert(out.end(), body.begin(), body.end());
    return out;
}

// A message with places where the running number goes in.
struct Template {
    Bytes bytes;
    size_t ioid = 8;  // behind the header
    size_t value = 0; // double, or 0 when the number goes into `tag`
    size_t tag = 0;   // int32

    void stamp(uint8_t* at, uint32_t id, uint64_t n) const {
        std::memcpy(at + ioid, &id, 4);
        if (value) {
            const double v = double(n);
            std::memcpy(at + value, &v, 8);
        } else {
            const auto t = int32_t(n);
            std::memcpy(at + tag, &t, 4);
        }
    }
};

// Finds the bytes of `needle`, which must occur exactly once.
template <typename T>
size_t offsetOf(const Bytes& in, T needle) {
    const auto* raw = reinterpret_cast<const uint8_t*>(&needle);
    auto at = std::search(in.begin(), in.end(), raw, raw + sizeof needle);
    if (at == in.end() || std::search(at + 1, in.end(), raw, raw + sizeof needle) != in.end())
        throw std::logic_error("a marker is not unique");
    return size_t(at - in.begin());
}

inline Bytes update(const Value& v) {
    return message(CMD_MONITOR, encoded([&](Buffer& b) {
                       to_wire(b, uint32_t(0)); // ioid
                       to_wire(b, uint8_t(0));
                       to_wire_valid(b, v);
                       to_wire(b, uint8_t(0)); // overrun mask
                   }));
}

// What one kind of PV sends: first a complete value, then these in turn.
struct Stream {
    Value prototype;
    Template first;
    std::vector<Template> rest;
    size_t size = 0; // of the largest
};

inline constexpr double marker = 1.2345678e100;
inline constexpr int32_t tagMarker = 0x5a3c1e77;

inline Template scalarTemplate(Value& v) {
    v["value"] = marker;
    Template t;
    t.bytes = update(v);
    t.value = offsetOf(t.bytes, marker);
    return t;
}

inline Stream scalars(bool full) {
    Stream s;
    s.prototype = bench::scalarPrototype();
    auto first = s.prototype.cloneEmpty();
    bench::setEveryLeaf(first, 1);
    s.first = scalarTemplate(first);
    for (uint64_t n : {2u, 3u}) {
        auto v = s.prototype.cloneEmpty();
        if (full)
            bench::setEveryLeaf(v, n);
        else
            bench::setDelta(v, n * 1001);
        s.rest.push_back(scalarTemplate(v));
    }
    return s;
}

inline Stream arrays(size_t bytes) {
    Stream s;
    s.prototype = bench::arrayPrototype();
    auto v = s.prototype.cloneEmpty();
    v["value"] = bench::doubles(bytes, 0);
    v["timeStamp.secondsPastEpoch"] = int64_t(1'700'000'000);
    v["timeStamp.userTag"] = tagMarker;
    s.first.bytes = update(v);
    s.first.tag = offsetOf(s.first.bytes, tagMarker);
    s.rest.push_back(s.first);
    return s;
}

inline const Stream* streamOf(const std::string& name) {
    static std::mutex lock;
    static auto& made = *new std::map<std::string, Stream>; // leaked: threads outlive main
    std::lock_guard<std::mutex> g(lock);
    const auto kind = name.substr(0, name.rfind(':'));
    auto at = made.find(kind);
    if (at == made.end()) {
        Stream s;
        if (kind == "scalar" || kind == "full")
            s = scalars(kind == "full");
        else if (kind.rfind("array:", 0) == 0)
            s = arrays(std::stoul(kind.substr(6)));
        else
            return nullptr;
        s.size = s.first.bytes.size();
        for (auto& t : s.rest) s.size = std::max(s.size, t.bytes.size());
        at = made.emplace(kind, std::move(s)).first;
    }
    return &at->second;
}

} // namespace replay
