// The record that tells how far a call or a subscription has come.
#pragma once

#include <cstdint>

#include "delivery/outbox.h"
#include "upstream/channels.h"

namespace nodepvxs::client {

// `inited`: the server has sent the type, so only the execution is missing.
void pushPhase(delivery::Outbox& outbox, uint32_t call, const upstream::Progress& progress,
               bool inited);

} // namespace nodepvxs::client
