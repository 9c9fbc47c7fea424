#pragma once

#include <cstdint>
#include <string>

#include "upstream/definitions.h"

namespace nodepvxs::server {

// What a server uses, once started.
struct ServerInfo {
    uint16_t tcpPort = 0, udpPort = 0;
    // 24 hexadecimal digits
    std::string guid;
    Definitions definitions;
};

} // namespace nodepvxs::server
