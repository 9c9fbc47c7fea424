// wire::writeValue() encodes changed scalars and arrays of scalars itself. It must write the same bytes as PVXS's own encoder,
// also into a buffer that is just large enough.
#include <random>

#include "harness.h"
#include "upstream/internals.h"
#include "wire/codec.h"

using namespace harness;

namespace {

pvxs::TypeDef everyScalar() {
    using namespace pvxs::members;
    using Code = pvxs::TypeCode;
    return pvxs::TypeDef(
        Code::Struct,
        {
            Bool("bool"),
            Int8("int8"),
            Int16("int16"),
            Int32("int32"),
            Int64("int64"),
            Struct("part", {UInt8("uint8"), UInt16("uint16"), UInt32("uint32"), UInt64("uint64"),
                            Struct("empty", {})}),
            Float32("float32"),
            Float64("float64"),
            String("text"),
            Float64A("float64s"),
            Struct("arrays", {BoolA("bools"), Int8A("int8s"), UInt16A("uint16s"), Int32A("int32s"),
                              UInt64A("uint64s"), Float32A("float32s"), StringA("strings")}),
            StructA("rows", {Int32("a")}),
        });
}

template <typename E>
void fillWith(pvxs::Value& field, size_t size, E element) {
    pvxs::shared_array<E> list(size, element);
    field = list.freeze();
}

// None, few, and so many that the count takes more bytes.
void fill(pvxs::Value& field, std::mt19937_64& random) {
    using Code = pvxs::TypeCode;
    const size_t size = random() % 8 == 0 ? 250 + random() % 10 : random() % 4;
    switch (field.type().code) {
    case Code::BoolA:
        return fillWith(field, size, true);
    case Code::Int8A:
        return fillWith(field, size, int8_t(random()));
    case Code::UInt16A:
        return fillWith(field, size, uint16_t(random()));
    case Code::Int32A:
        return fillWith(field, size, int32_t(random()));
    case Code::UInt64A:
        return fillWith(field, size, uint64_t(random()));
    case Code::Float32A:
        return fillWith(field, size, float(random()));
    case Code::Float64A:
        return fillWith(field, size, double(random()));
    case Code::StringA:
        return fillWith(field, size, std::string(random() % 20, 'x'));
    default: // rows, which PVXS's own encoder writes, and all that is marked with them
        if (random() % 16 == 0) field.mark();
    }
}

void randomize(pvxs::Value& value, std::mt19937_64& random) {
    for (auto field : value.iall()) {
        if (random() % 3 != 0) continue;
        switch (field.storageType()) {
        case pvxs::StoreType::String:
            field = std::string(random() % 4 == 0 ? 250 + random() % 10 : random() % 20, 'x');
            break;
        case pvxs::StoreType::Bool:
            field = random() % 2 == 0;
            break;
        case pvxs::StoreType::Real:
            field = double(int64_t(random())) / 3;
            break;
        case pvxs::StoreType::Integer:
            field = int64_t(random());
            break;
        case pvxs::StoreType::UInteger:
            field = uint64_t(random());
            break;
        case pvxs::StoreType::Array:
            fill(field, random);
            break;
        default:
            if (random() % 16 == 0) field.mark();
        }
    }
}

Bytes byPvxs(const pvxs::Value& value) {
    Bytes out;
    pvxs::impl::VectorOutBuf buffer(pvxs::impl::hostBE, out);
    pvxs::impl::to_wire_valid(buffer, value);
    out.resize(buffer.consumed());
    return out;
}

Bytes byUs(const pvxs::Value& value, size_t size) {
    Bytes out(size);
    wire::FixedBuffer buffer(out.data(), out.size());
    wire::writeValue(buffer, value);
    out.resize(buffer.good() ? buffer.used() : 0);
    return out;
}

} // namespace

int main() {
    auto prototype = everyScalar().create();
    std::mt19937_64 random(1); // NOLINT(cert-msc51-cpp): the same values in every run
    for (int i = 0; i < 20'000; i++) {
        auto value = prototype.cloneEmpty();
        randomize(value, random);
        auto expected = byPvxs(value);
        check(byUs(value, 65536) == expected, "the bytes are PVXS's");
        check(byUs(value, expected.size()) == expected, "and fit where PVXS's fit");
        check(byUs(value, expected.size() - 1).empty(), "and nowhere else");
    }
    std::printf("ok\n");
    return 0;
}
