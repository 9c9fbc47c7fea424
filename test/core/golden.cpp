// golden: PVXS's own bytes for values of every type, which the TypeScript codec is tested against.
//
// Prints one JSON object per line: name, type, full, valid (bytes in hexadecimal; valid is null
// where the type is not a structure) and value, the text of golden_text.h. Each case is also read back
// by PVXS; the exit code says whether all of them came out the same.

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <pvxs/nt.h>

#include "golden_compound.h"
#include "golden_text.h"

namespace {

using namespace golden;

Value oneField(TypeCode code) {
    return TypeDef(TypeCode::Struct, {Member(code, "value")}).create();
}

template <typename T>
void scalarCases(TypeCode code, const std::vector<T>& values) {
    emit(std::string(code.name()) + " default", oneField(code));
    for (size_t i = 0; i < values.size(); i++) {
        Value value = oneField(code);
        value["value"] = values[i];
        emit(std::string(code.name()) + " #" + std::to_string(i), value);
        Value bare = TypeDef(code).create();
        bare = values[i];
        emit(std::string("bare ") + code.name() + " #" + std::to_string(i), bare);
    }
}

template <typename T>
void integerCases(TypeCode code) {
    using Limits = std::numeric_limits<T>;
    scalarCases<T>(code,
                   {T(0), T(1), T(-1), T(100), Limits::min(), Limits::max(), T(Limits::max() - 1)});
}

template <typename T>
void realCases(TypeCode code) {
    using Limits = std::numeric_limits<T>;
    scalarCases<T>(code, {T(0), -T(0), T(1.5), T(0.1), Limits::quiet_NaN(), Limits::infinity(),
                          -Limits::infinity(), Limits::max(), Limits::lowest(), Limits::min(),
                          Limits::denorm_min(), Limits::epsilon()});
}

void stringCases() {
    std::vector<std::string> texts = {"",
                                      "x",
                                      "hello",
                                      "\xc2\xb0"
                                      "C",
                                      "\xe2\x82\xac",
                                      "\xf0\x9f\x98\x80",
                                      std::string("a\0b", 3),
                                      "tab\tquote\"back\\slash\x1b[31m\x7f",
                                      "\xef\xbb\xbf"
                                      "bom",
                                      "\xef\xbf\xbd genuine replacement"};
    for (size_t length : {31, 32, 33, 84, 85, 252, 253, 254, 255, 256, 65535, 65536})
        texts.push_back(std::string(length, 'x'));
    texts.push_back(std::string(84, 'x') + "\xc2\xb5");
    for (size_t length : {126, 127, 128}) { // two bytes each
        std::string text;
        for (size_t i = 0; i < length; i++) text += "\xc3\xbc";
        texts.push_back(text);
    }
    scalarCases<std::string>(TypeCode::String, texts);
}

void malformedTextCases() {
    const std::vector<std::string> texts = {"20\xb0"
                                            "C",
                                            "\xc0\xaf",
                                            "\xe0\x80\xaf",
                                            "\xed\xa0\x80",
                                            "\xf4\x90\x80\x80",
                                            "cut \xe2\x82",
                                            "\xff\xfe",
                                            "\x80",
                                            "\xc3 \xef\xbf\xbd"};
    for (size_t i = 0; i < texts.size(); i++) {
        Value value = oneField(TypeCode::String);
        value["value"] = texts[i];
        emit("malformed text #" + std::to_string(i), value);
    }
}

template <typename T>
void arrayCases(TypeCode code, const std::function<T(size_t)>& element) {
    for (size_t length : {0, 1, 2, 3, 5, 8, 9, 33, 253, 254, 255, 300}) {
        Value value =
            TypeDef(TypeCode::Struct, {Member(TypeCode::Int8, "shift"), Member(code, "value"),
                                       Member(TypeCode::Int16, "after")})
                .create();
        shared_array<T> array(length);
        for (size_t i = 0; i < length; i++) array[i] = element(i);
        value["value"] = array.freeze();
        value["after"] = 258;
        emit(std::string(code.name()) + " of " + std::to_string(length), value);
    }
}

template <typename T>
void numberArrayCases(TypeCode code) {
    using Limits = std::numeric_limits<T>;
    const std::vector<T> values = {Limits::lowest(), Limits::max(), T(0), T(1), T(-1),
                                   Limits::min()};
    arrayCases<T>(code, [&](size_t i) { return i < values.size() ? values[i] : T(i * 7 + 3); });
}

void allArrayCases() {
    arrayCases<bool>(TypeCode::BoolA, [](size_t i) { return i % 3 == 1; });
    numberArrayCases<int8_t>(TypeCode::Int8A);
    numberArrayCases<int16_t>(TypeCode::Int16A);
    numberArrayCases<int32_t>(TypeCode::Int32A);
    numberArrayCases<int64_t>(TypeCode::Int64A);
    numberArrayCases<uint8_t>(TypeCode::UInt8A);
    numberArrayCases<uint16_t>(TypeCode::UInt16A);
    numberArrayCases<uint32_t>(TypeCode::UInt32A);
    numberArrayCases<uint64_t>(TypeCode::UInt64A);
    numberArrayCases<float>(TypeCode::Float32A);
    numberArrayCases<double>(TypeCode::Float64A);
    arrayCases<std::string>(TypeCode::StringA, [](size_t i) {
        return i % 4 == 0   ? std::string()
               : i % 4 == 1 ? std::string("\xc3\xa9")
                            : std::string(i % 40, 'a');
    });
    Value large = oneField(TypeCode::UInt8A);
    shared_array<uint8_t> bytes(65536);
    for (size_t i = 0; i < bytes.size(); i++) bytes[i] = uint8_t(i * i >> 3);
    large["value"] = bytes.freeze();
    emit("uint8_t[] of 65536", large);
}

void bitCases() {
    for (size_t bits : {2, 7, 8, 9, 15, 16, 17, 63, 64, 65, 127, 128, 129, 500, 2041}) {
        std::vector<Member> members;
        for (size_t i = 1; i < bits; i++)
            members.emplace_back(TypeCode::Int16, "f" + std::to_string(i));
        const TypeDef type(TypeCode::Struct, "", members);
        const auto value = [&](const std::function<bool(size_t)>& chosen) {
            Value v = type.create();
            for (size_t i = 1; i < bits; i++)
                if (chosen(i)) v["f" + std::to_string(i)] = i;
            return v;
        };
        const std::string name = std::to_string(bits) + " bits, ";
        emit(name + "none", value([](size_t) { return false; }));
        emit(name + "first", value([](size_t i) { return i == 1; }));
        emit(name + "last", value([&](size_t i) { return i == bits - 1; }));
        emit(name + "every third", value([](size_t i) { return i % 3 == 0; }));
        emit(name + "all leaves", value([](size_t) { return true; }));
        Value root = value([](size_t i) { return i % 2 == 0; });
        root.mark();
        emit(name + "the root", root);
    }
}

void markCases() {
    const TypeDef type(
        TypeCode::Struct, "outer_t",
        {Member(TypeCode::Int32, "before"),
         pvxs::members::Struct(
             "mid", "mid_t",
             {Member(TypeCode::String, "s"),
              pvxs::members::Struct("deep", "deep_t",
                                    {Member(TypeCode::Int8, "a"), Member(TypeCode::Float32, "b")}),
              pvxs::members::Struct("empty", std::vector<Member>{}),
              Member(TypeCode::Bool, "flag")}),
         Member(TypeCode::Int64, "after")});
    const std::vector<std::vector<std::string>> marks = {{},
                                                         {"mid"},
                                                         {"mid.deep"},
                                                         {"mid.deep", "mid.deep.a"},
                                                         {"mid", "mid.deep.b"},
                                                         {"mid.empty"},
                                                         {"before", "mid.flag"},
                                                         {"mid.deep.a", "after"},
                                                         {"mid.deep.a", "mid.deep.b"}};
    for (const auto& paths : marks) {
        Value value = type.create();
        value["mid.deep.b"] = 0.25;
        value["after"] = -1;
        value.unmark();
        std::string name = "marks:";
        for (const auto& path : paths) {
            value[path].mark();
            name += ' ' + path;
        }
        emit(name, value);
    }
    emit("empty structure", TypeDef(TypeCode::Struct).create());
    Value odd =
        TypeDef(TypeCode::Struct,
                {Member(TypeCode::Int8, "__proto__"), Member(TypeCode::Int8, "constructor"),
                 Member(TypeCode::Int8, "toString"), Member(TypeCode::Int8, "then"),
                 Member(TypeCode::Int8, "type"),
                 pvxs::members::Struct("prototype", {Member(TypeCode::Int8, "__proto__"),
                                                     Member(TypeCode::String, "hasOwnProperty")})})
            .create();
    odd["__proto__"] = 1;
    odd["toString"] = 2;
    odd["prototype.hasOwnProperty"] = "own";
    emit("names that mean something in JavaScript", odd);
}

void depthCases() {
    for (size_t depth : {2, 19, 20}) {
        TypeDef type(TypeCode::Struct, {Member(TypeCode::Int32, "leaf")});
        std::string path = "leaf";
        for (size_t i = 1; i < depth; i++) {
            type = TypeDef(TypeCode::Struct, {type.as("in")});
            path = "in." + path;
        }
        Value value = type.create();
        value[path] = 42;
        emit("structures " + std::to_string(depth) + " deep", value);
    }
}

void normativeCases() {
    using namespace pvxs::nt;
    for (TypeCode code : {TypeCode::Bool, TypeCode::Int32, TypeCode::Float64, TypeCode::String,
                          TypeCode::Float64A, TypeCode::StringA}) {
        NTScalar builder{code, true, true, true, true};
        Value value = builder.create();
        emit(std::string("NTScalar ") + code.name() + " default", value);
        value["alarm.severity"] = 2;
        value["alarm.message"] = "too hot";
        value["timeStamp.secondsPastEpoch"] = 1700000000;
        value["timeStamp.nanoseconds"] = 123456789;
        emit(std::string("NTScalar ") + code.name() + " delta", value);
    }
    Value choice = NTEnum{}.create();
    choice["value.choices"] = shared_array<const std::string>({"Off", "On", "Fault"});
    choice["value.index"] = 1;
    emit("NTEnum", choice);
    NTTable table;
    table.add_column(TypeCode::Float64, "x", "X / mm")
        .add_column(TypeCode::String, "name", "Name")
        .add_column(TypeCode::Bool, "ok");
    Value rows = table.create();
    rows["value.x"] = shared_array<const double>({1.0, 2.5});
    rows["value.name"] = shared_array<const std::string>({"first", "second"});
    emit("NTTable", rows);
    Value image = NTNDArray{}.create();
    image["value->ushortValue"] = shared_array<const uint16_t>({1, 2, 3, 4, 5, 65535});
    shared_array<Value> dimensions(2);
    for (size_t i = 0; i < 2; i++) {
        dimensions[i] = image["dimension"].allocMember();
        dimensions[i]["size"] = 3 - i;
    }
    image["dimension"] = dimensions.freeze();
    shared_array<Value> attributes(1);
    attributes[0] = image["attribute"].allocMember();
    attributes[0]["name"] = "ColorMode";
    attributes[0]["value"] = 0;
    image["attribute"] = attributes.freeze();
    emit("NTNDArray", image);
    NTURI uri({Member(TypeCode::Float64, "lhs"), Member(TypeCode::String, "op")});
    Value call = uri.call(1.5, "add");
    emit("NTURI", call);
}

void allCases() {
    scalarCases<bool>(TypeCode::Bool, {false, true});
    integerCases<int8_t>(TypeCode::Int8);
    integerCases<int16_t>(TypeCode::Int16);
    integerCases<int32_t>(TypeCode::Int32);
    integerCases<int64_t>(TypeCode::Int64);
    integerCases<uint8_t>(TypeCode::UInt8);
    integerCases<uint16_t>(TypeCode::UInt16);
    integerCases<uint32_t>(TypeCode::UInt32);
    integerCases<uint64_t>(TypeCode::UInt64);
    realCases<float>(TypeCode::Float32);
    realCases<double>(TypeCode::Float64);
    stringCases();
    malformedTextCases();
    allArrayCases();
    structArrayCases();
    unionCases();
    unionArrayCases();
    anyCases();
    bitCases();
    markCases();
    depthCases();
    normativeCases();
}

} // namespace

int main() {
    try {
        allCases();
    } catch (const std::exception& e) {
        std::cerr << e.what() << '\n';
        return 1;
    }
    return failures == 0 ? 0 : 1;
}