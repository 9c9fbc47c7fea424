// What the benchmark programs share: arguments, clocks, one JSON line out, and the value that is
// sent.
//
// Threads: everything here is called from one thread at a time, but cpuSeconds() counts all of
// them.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>

#include <sys/resource.h>

#include <pvxs/data.h>
#include <pvxs/nt.h>

namespace bench {

// "--key value" pairs. Every key has a default, so that a program lists the keys it knows.
class Args {
public:
    Args(int argc, char* argv[], std::map<std::string, std::string> defaults)
        : values(std::move(defaults)) {
        for (int i = 1; i < argc; i += 2) {
            std::string key(argv[i]);
            if (key.rfind("--", 0) != 0 || i + 1 == argc || !values.count(key.substr(2)))
                throw std::invalid_argument("what is " + key + "?");
            values[key.substr(2)] = argv[i + 1];
        }
    }
    const std::string& text(const std::string& key) const { return values.at(key); }
    double number(const std::string& key) const { return std::stod(values.at(key)); }
    size_t count(const std::string& key) const { return std::stoul(values.at(key)); }
    bool flag(const std::string& key) const { return values.at(key) == "1"; }

private:
    std::map<std::string, std::string> values;
};

// One line of JSON with numbers and flags.
class Line {
public:
    template <typename T>
    Line& add(const char* key, T value) {
        out << (first ? "" : ", ") << '"' << key << "\": ";
        if constexpr (std::is_same_v<T, bool>)
            out << (value ? "true" : "false");
        else
            out << value;
        first = false;
        return *this;
    }
    ~Line() { std::cout << '{' << out.str() << '}' << std::endl; }
    Line() { out.precision(12); }
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;

private:
    std::ostringstream out;
    bool first = true;
};

using Clock = std::chrono::steady_clock;

inline double since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

// Processor time of the whole process, user and system.
inline double cpuSeconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& t) {
        return double(t.tv_sec) + double(t.tv_usec) * 1e-6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// Resident memory now, in kB.
inline size_t residentKb() {
    size_t pages = 0;
    if (std::FILE* f = std::fopen("/proc/self/statm", "r")) {
        if (std::fscanf(f, "%*s %zu", &pages) != 1) pages = 0;
        std::fclose(f);
    }
    return pages * 4;
}

// NTScalar double with all options: 27 leaves.
inline pvxs::Value scalarPrototype() {
    return pvxs::nt::NTScalar{pvxs::TypeCode::Float64, true, true, true, true}.create();
}

inline pvxs::Value arrayPrototype() {
    return pvxs::nt::NTScalar{pvxs::TypeCode::Float64A}.create();
}

// The usual update: value and time. `n` is a counter, so that a client can tell what it lost.
inline void setDelta(pvxs::Value& v, uint64_t n) {
    v["value"] = double(n);
    v["timeStamp.secondsPastEpoch"] = int64_t(1'700'000'000 + n / 1000);
    v["timeStamp.nanoseconds"] = int32_t(n % 1000 * 1'000'000);
}

// Every leaf gets a value that differs from that of the update before.
inline void setEveryLeaf(pvxs::Value& v, uint64_t n) {
    const bool odd = n % 2;
    for (auto leaf : v.iall()) {
        switch (leaf.type().code) {
        case pvxs::TypeCode::Bool:
            leaf = odd;
            break;
        case pvxs::TypeCode::Int32:
            leaf = int32_t(n % 100'000);
            break;
        case pvxs::TypeCode::Int64:
            leaf = int64_t(n);
            break;
        case pvxs::TypeCode::Float64:
            leaf = double(n) * 0.5;
            break;
        case pvxs::TypeCode::String:
            leaf = odd ? "some text" : "other text";
            break;
        case pvxs::TypeCode::StringA:
            leaf = pvxs::shared_array<const std::string>({odd ? "one" : "two", "three"});
            break;
        default:
            break; // structures have no value of their own
        }
    }
    setDelta(v, n);
}

// Doubles of `bytes` bytes; element 0 is the counter.
inline pvxs::shared_array<const double> doubles(size_t bytes, uint64_t n) {
    pvxs::shared_array<double> list(bytes / sizeof(double));
    for (size_t i = 0; i < list.size(); i++) list[i] = double(i);
    list[0] = double(n);
    return list.freeze();
}

// Runs `main` and turns an exception into one line on stderr and a bad exit code.
template <typename Main>
int guarded(Main&& main) {
    try {
        main();
        return 0;
    } catch (std::exception& e) {
        std::cerr << e.what() << std::endl;
        return 1;
    }
}

} // namespace bench
