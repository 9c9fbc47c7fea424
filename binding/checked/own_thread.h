// The checks of a build with NODE_PVXS_CHECKED: Node-API belongs to the thread of its environment. A reference that dies
// on a PVXS thread corrupts V8's heap without a word, and AddressSanitizer, which does not know V8, sees nothing.
//
// Threads: any.
// Owner:   process-wide, leaked on purpose.
// Death:   never; an environment's number may come again on another thread, and is then told anew.
#pragma once

#include <napi.h>

namespace nodepvxs {

// From here on, calls of Node-API for `env` from another thread than this one abort the process.
void ownThread(Napi::Env env);

// For the tests that the checks work: dieElsewhere() drops a reference on another thread, leak() loses some memory.
void exportTrials(Napi::Object exports);

} // namespace nodepvxs
