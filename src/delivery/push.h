// Small records written the same way by client and server.
#pragma once

#include <string>

#include "delivery/outbox.h"

namespace nodepvxs::delivery {

inline void pushDone(Outbox& outbox, uint32_t call) {
    outbox.push({Kind::Result, 0, 0, 0, call, 0});
}

inline void pushFailure(Outbox& outbox, uint32_t call, Failure why, const std::string& text) {
    outbox.push({Kind::Failure, uint8_t(why), 0, 0, call, 0},
                [&](wire::Buffer& to) { wire::put(to, text); });
}

// Milliseconds since 1970.
double milliseconds(const epicsTimeStamp& time);
double now();

void pushEvent(Outbox& outbox, uint32_t id, Event what, double time, const std::string& text);

} // namespace nodepvxs::delivery
