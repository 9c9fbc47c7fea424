// Buffers that PVXS's codec writes into and reads from, in host byte order.
#pragma once

#include <cstdint>
#include <string>

#include "upstream/internals.h"
#include "wire/bytes.h"

namespace nodepvxs::wire {

using Array = pvxs::shared_array<const void>;
using Buffer = pvxs::impl::Buffer;

class FixedBuffer final : public pvxs::impl::FixedBuf {
public:
    FixedBuffer(uint8_t* at, size_t size) : FixedBuf(pvxs::impl::hostBE, at, size), size_(size) {}
    // Decoding only: PVXS's buffers are not const, but its readers do not write.
    FixedBuffer(const uint8_t* at, size_t size) : FixedBuffer(const_cast<uint8_t*>(at), size) {}
    [[nodiscard]] size_t used() const { return size_ - size(); }

private:
    size_t size_;
};

inline void put(Buffer& to, uint8_t v) { pvxs::impl::to_wire(to, v); }
inline void put(Buffer& to, uint32_t v) { pvxs::impl::to_wire(to, v); }
inline void put(Buffer& to, double v) { pvxs::impl::to_wire(to, v); }
inline void put(Buffer& to, const std::string& v) { pvxs::impl::to_wire(to, v); }
inline void putBytes(Buffer& to, const uint8_t* at, size_t size) {
    if (!to.ensure(size)) return to.fault(__FILE__, __LINE__);
    std::memcpy(to.save(), at, size);
    to._skip(size);
}

} // namespace nodepvxs::wire
