// The checks of a build with NODE_PVXS_CHECKED: Node-API may be used only on the thread of its environment. A reference that
// dies on a PVXS thread corrupts V8's heap silently, and AddressSanitizer, which does not know V8, does not see it.
//
// Threads: any.
// Owner:   the process. Leaked on purpose.
// Death:   never. An environment's address may come again on another thread, and is then set again.
#pragma once

#include <napi.h>

namespace nodepvxs {

// From here on, Node-API calls for `env` from any other thread abort the process.
void ownThread(Napi::Env env);

// For the tests that the checks work: dieElsewhere() drops a reference on another thread, leak() loses some memory.
void exportTrials(Napi::Object exports);

} // namespace nodepvxs
