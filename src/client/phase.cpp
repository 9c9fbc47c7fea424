#include "client/phase.h"

namespace nodepvxs::client {

using delivery::Kind;
using delivery::Phase;

void pushPhase(delivery::Outbox& outbox, uint32_t call, const upstream::Progress& progress,
               bool inited) {
    Phase phase = progress.stage == upstream::Stage::Search    ? Phase::Search
                  : progress.stage == upstream::Stage::Connect ? Phase::Connect
                  : inited                                     ? Phase::Execute
                                                               : Phase::Init;
    outbox.push({Kind::Phase, 0, 0, 0, call, 0}, [&](wire::Buffer& to) {
        wire::put(to, uint8_t(phase));
        wire::put(to, progress.searches);
        wire::put(to, progress.peer);
        wire::put(to, progress.beaconing);
        wire::put(to, progress.beacons);
        wire::put(to, uint8_t(progress.trouble));
        wire::put(to, progress.why);
        wire::put(to, progress.nameServers);
    });
}

} // namespace nodepvxs::client
