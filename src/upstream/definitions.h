#pragma once

#include <map>
#include <string>

namespace nodepvxs {

// The configuration of a Context or a Server: EPICS_PVA* variables by name.
using Definitions = std::map<std::string, std::string>;

} // namespace nodepvxs
