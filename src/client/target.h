// What an operation, a subscription or a connection is about.
#pragma once

#include <cstdint>
#include <string>

#include <pvxs/data.h>

namespace nodepvxs::client {

struct Target {
    uint32_t context = 0;
    std::string name;
    std::string server;
    pvxs::Value request; // empty: the default
};

} // namespace nodepvxs::client
