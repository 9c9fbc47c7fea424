// Shortage: whether something failed because the process may have no more descriptors, threads or memory.
//
// Threads: any.
#pragma once

#include <exception>
#include <string>

namespace nodepvxs::threads {

// What there is too little of, for an error's text; empty for a failure of another kind.
[[nodiscard]] std::string shortageIn(const std::exception& error);

// "too many open files…" when this process may not open another now, else empty.
[[nodiscard]] std::string descriptorsShort();

// Throws when the system has no thread to give. For what ends the process when it gets none.
void requireThread();

} // namespace nodepvxs::threads
