#pragma once

#include <cstdint>
#include <memory>

#include "wire/bytes.h"

namespace nodepvxs::delivery {

// What JS takes from the outbox: a slab that holds records, or one record too large for a slab.
struct Taken {
    static constexpr int32_t kOversize = -1, kNothing = -2;
    int32_t slab = kNothing;
    uint32_t bytes = 0;
    std::unique_ptr<Bytes> own;
};

} // namespace nodepvxs::delivery
