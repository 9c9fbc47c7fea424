// A size that comes from the network must be checked against the bytes that came with it before anything is
// allocated. cmake/pvxs/patches.cmake adds the checks that PVXS lacks. Without them these cases take gigabytes.
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "wire/codec.h"

using namespace nodepvxs;

namespace {

// Not with getrusage() on Linux: there a program starts with the peak of its parent.
long peakInKilobytes() {
    if (auto* status = std::fopen("/proc/self/status", "r")) {
        char line[256];
        long peak = -1;
        while (std::fgets(line, sizeof line, status))
            if (std::sscanf(line, "VmHWM: %ld kB", &peak) == 1) break;
        (void)std::fclose(status);
        if (peak >= 0) return peak;
    }
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
#ifdef __APPLE__
    return usage.ru_maxrss / 1024;
#else
    return usage.ru_maxrss;
#endif
}

} // namespace

int main() {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) // sanitizers map terabytes
    rlimit limit{size_t(3) << 30, size_t(3) << 30};
    setrlimit(RLIMIT_AS, &limit);
#endif
    using namespace pvxs::members;
    pvxs::TypeDef types[] = {
        {pvxs::TypeCode::Struct, {StringA("a")}},
        {pvxs::TypeCode::Struct, {StructA("a", {Int32("x")})}},
        {pvxs::TypeCode::Struct, {UnionA("a", {Int32("x")})}},
        {pvxs::TypeCode::Struct, {pvxs::Member(pvxs::TypeCode::AnyA, "a")}},
        {pvxs::TypeCode::Struct, {Float64A("a")}},
    };
    // Changed bitset {1}, size 0x04000000 in the long form, and no bytes after it.
    const uint8_t bytes[] = {1, 2, 254, 0, 0, 0, 4, 0};
    for (auto& type : types) {
        auto value = type.create();
        try {
            wire::readChanged(value, bytes, sizeof bytes);
        } catch (std::invalid_argument&) {
            continue;
        } catch (std::bad_alloc&) {
        }
        std::printf("FAILED: a size without bytes was believed\n");
        return 1;
    }
    // a changed bitset of nearly 4 GB
    const uint8_t mask[] = {254, 0xf0, 0xff, 0xff, 0xff, 1};
    auto value = types[4].create();
    try {
        wire::readChanged(value, mask, sizeof mask);
        std::printf("FAILED: a mask without bytes was believed\n");
        return 1;
    } catch (std::invalid_argument&) {
    } catch (std::bad_alloc&) {
        std::printf("FAILED: memory was taken for a mask without bytes\n");
        return 1;
    }
    // A structure of 2^31 fields, none of which follows.
    const Bytes wide = {0x80, 0, 254, 0xff, 0xff, 0xff, 0x7f};
    // Eight types, each made of sixteen of the one before: 4 billion fields.
    Bytes bomb = {0x80, 0, 8};
    for (uint8_t level = 0; level < 8; level++) {
        bomb.insert(bomb.end(), {1, uint8_t('a' + level), 0xfd, level, 0, 0x80, 0, 16});
        for (uint8_t k = 0; k < 16; k++) {
            bomb.insert(bomb.end(), {1, uint8_t('a' + k)});
            if (level == 0)
                bomb.push_back(0x22);
            else
                bomb.insert(bomb.end(), {0xfe, uint8_t(level - 1), 0});
        }
    }
    for (auto& type : {wide, bomb}) {
        try {
            (void)wire::valueOfType(type.data(), type.size());
        } catch (std::invalid_argument&) {
            continue;
        } catch (std::bad_alloc&) {
        }
        std::printf("FAILED: a type without bytes was believed\n");
        return 1;
    }
    // Members with the same name.
    for (uint8_t code : {0x80, 0x81}) {
        const Bytes twice = {code, 0, 2, 1, 'x', 0x22, 1, 'x', 0x22};
        try {
            (void)wire::valueOfType(twice.data(), twice.size());
            std::printf("FAILED: two members have one name\n");
            return 1;
        } catch (std::invalid_argument&) {
        }
    }
    // A thousand elements of one byte each; their type is a structure of 20,000 empty structures.
    Bytes hollow = {0x80, 0, 1, 1, 'a', 0x88, 0x80, 0, 254, 0x20, 0x4e, 0, 0};
    for (int k = 0; k < 20'000; k++) {
        auto name = std::to_string(10'000 + k);
        hollow.push_back(5);
        hollow.insert(hollow.end(), name.begin(), name.end());
        hollow.insert(hollow.end(), {0x80, 0, 0});
    }
    hollow.insert(hollow.end(), {254, 0xe8, 3, 0, 0});
    hollow.insert(hollow.end(), 1000, 1);
    try {
        (void)wire::readTyped(hollow.data(), hollow.size());
        std::printf("FAILED: a value without bytes was made\n");
        return 1;
    } catch (std::invalid_argument&) {
    } catch (std::bad_alloc&) {
        std::printf("FAILED: a value without bytes took all there is\n");
        return 1;
    }
    // a thousand elements of an any[], of one large type that is sent once
    Bytes repeated = {0x80, 0,    1, 1, 'a',  0x8a, 254, 0xe8, 3,    0, 0,
                      1,    0xfd, 1, 0, 0x81, 0,    254, 0x40, 0x9c, 0, 0};
    for (int k = 0; k < 40'000; k++) {
        auto name = std::to_string(10'000 + k);
        repeated.push_back(5);
        repeated.insert(repeated.end(), name.begin(), name.end());
        repeated.push_back(0x22);
    }
    repeated.push_back(255);
    for (int k = 1; k < 1000; k++) repeated.insert(repeated.end(), {1, 0xfe, 1, 0, 255});
    try {
        auto value = wire::readTyped(repeated.data(), repeated.size());
        if (value["a"].as<pvxs::shared_array<const pvxs::Value>>().size() != 1000) {
            std::printf("FAILED: elements of one type are not all there\n");
            return 1;
        }
    } catch (std::exception& e) {
        std::printf("FAILED: a type that is sent once and named again: %s\n", e.what());
        return 1;
    }
    auto peak = peakInKilobytes();
    if (peak > 400 * 1024) {
        std::printf("FAILED: %ld kB were taken\n", peak);
        return 1;
    }
    std::printf("ok\n");
    return 0;
}
