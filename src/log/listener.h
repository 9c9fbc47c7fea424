// Lines: what PVXS and EPICS log, told to the environments that want it.
//
// PVXS writes text lines through EPICS's errlog, whose listeners are process-wide and run on
// errlog's own thread. The one listener here takes them apart again (time, level, logger, message)
// and hands them on. When no environment wants records, lines of level error and critical go to
// stderr, a few a second; nothing else is ever printed.
//
// Threads: attach(), detach() on JS threads; the listener on errlog's thread.
// Owner:   the process; leaked on purpose, since errlog's thread outlives everything.
#pragma once

#include <memory>

#include <pvxs/log.h>

#include "delivery/outbox.h"

namespace nodepvxs::log {

// An environment begins or ends. The first starts the listening and applies PVXS_LOG; when the last
// has ended nothing is printed any more, whatever PVXS says while it is taken down.
void begin();
void end();
// Replaces what was wanted for this environment before.
void attach(const std::shared_ptr<delivery::Outbox>& outbox);
void detach(const std::shared_ptr<delivery::Outbox>& outbox);
void setLevel(const std::string& pattern, int level);
// PVXS counts the other way: its Debug is 50. Ours: 10 debug to 50 critical, as in Log records.
pvxs::Level levelOf(int level);

} // namespace nodepvxs::log
