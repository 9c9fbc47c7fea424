#pragma once

#include <cstdint>
#include <vector>

namespace nodepvxs {

using Bytes = std::vector<uint8_t>;

} // namespace nodepvxs
