// Listener: passes what PVXS and EPICS log to the environments that want it.
//
// PVXS writes text lines through EPICS's errlog. Errlog's listeners are process-wide and run on errlog's own thread. The
// one listener here takes the lines apart (level, logger, message) and passes them on. When no environment wants records,
// lines of level error and critical go to stderr, a few per second. Nothing else is ever printed.
//
// Threads: whenFlushed() on any; the other functions on JS threads; the listener on errlog's thread.
// Owner:   the process. Leaked on purpose, since errlog's thread outlives everything.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <pvxs/log.h>

#include "delivery/outbox.h"

namespace nodepvxs::log {

// An environment begins or ends. The first one starts the listener and applies PVXS_LOG. After the last has ended nothing
// is printed, whatever PVXS logs while it is taken down.
void begin();
void end();
// Begins and ends passing lines on to an environment, as Log records.
void attach(const std::shared_ptr<delivery::Outbox>& outbox);
void detach(const std::shared_ptr<delivery::Outbox>& outbox);
// Runs `then` on errlog's thread when every line that has been logged so far has been passed on. Never waits.
void whenFlushed(std::function<void()> then);
void setLevel(const std::string& pattern, int level);
// Ours are 10 (debug) to 50 (critical), as in Log records. PVXS counts the other way: its Debug is 50.
pvxs::Level levelOf(int level);

} // namespace nodepvxs::log
