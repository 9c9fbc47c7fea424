#include "threads/shortage.h"

#include <cerrno>
#include <cstring>
#include <new>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <vector>

#ifndef _WIN32
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>
#endif

namespace nodepvxs::threads {

namespace {
const char* const kMemory = "out of memory";
const char* const kThreads = "no more threads: the system allows this process or user no other";

std::string tooManyFiles() {
    std::string text = "too many open files";
#ifndef _WIN32
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        text += ": this process may have " + std::to_string(limit.rlim_cur) + " (ulimit -n)";
#endif
    return text;
}

std::string named(int error) {
    switch (error) {
    case EMFILE:
    case ENFILE:
        return tooManyFiles();
    case ENOMEM:
    case ENOBUFS:
        return kMemory;
    case EAGAIN:
        return kThreads;
    default:
        return {};
    }
}

// What a context or a server needs. What failed has given back its own by the time it is looked at.
constexpr size_t kNeeded = 16;

bool fewerThan(size_t needed) {
#ifdef _WIN32
    (void)needed;
    return false;
#else
    std::vector<int> taken;
    taken.reserve(needed);
    while (taken.size() < needed) {
        int file = open("/", O_RDONLY | O_CLOEXEC);
        if (file < 0) break;
        taken.push_back(file);
    }
    bool few = taken.size() < needed && (errno == EMFILE || errno == ENFILE);
    for (int file : taken) close(file);
    return few;
#endif
}
} // namespace

// PVXS and libevent say of some failures what the system said, and of others only what they could not make.
std::string shortageIn(const std::exception& error) {
    if (auto system = dynamic_cast<const std::system_error*>(&error))
        return named(system->code().value());
    if (std::strcmp(error.what(), "unable to create thread") == 0)
        return kThreads; // libCom's, of a hidden class
    if (dynamic_cast<const std::invalid_argument*>(&error)) return {};
    if (fewerThan(kNeeded)) return tooManyFiles();
    return dynamic_cast<const std::bad_alloc*>(&error) ? kMemory : "";
}

std::string descriptorsShort() { return fewerThan(1) ? tooManyFiles() : ""; }

void requireThread() {
    std::thread([] {}).join();
}

} // namespace nodepvxs::threads
