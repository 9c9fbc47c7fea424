// Arguments: reads the arguments of one call from lib-ts/native in order, as the types that the called function takes.
// TypeScript has checked their values; one of a wrong type is an Error, never a crash.
#pragma once

#include <string>
#include <type_traits>
#include <vector>

#include <napi.h>

#include "session/session.h"

namespace nodepvxs {

class Arguments final {
public:
    explicit Arguments(const Napi::CallbackInfo& info) : info_(info) {}

    template <typename T>
    T read() {
        if constexpr (std::is_same_v<T, uint32_t>)
            return number().Uint32Value();
        else if constexpr (std::is_same_v<T, int32_t>)
            return number().Int32Value();
        else if constexpr (std::is_same_v<T, bool>)
            return flag();
        else if constexpr (std::is_same_v<T, std::string>)
            return text();
        else if constexpr (std::is_same_v<T, Span>)
            return bytes();
        else if constexpr (std::is_same_v<T, Numbers>)
            return numbers();
        else if constexpr (std::is_same_v<T, std::vector<std::string>>)
            return texts();
        else if constexpr (std::is_same_v<T, Definitions>)
            return definitions();
        else if constexpr (std::is_same_v<T, PvTarget>)
            return {read<uint32_t>(), text(), text()};
        else if constexpr (std::is_same_v<T, RequestTarget>)
            return requestTarget();
        else
            static_assert(!sizeof(T), "no argument is read as this type");
    }

private:
    Napi::Number number() {
        auto value = next();
        if (!value.IsNumber()) throw wrong("a number");
        return value.As<Napi::Number>();
    }
    bool flag() {
        auto value = next();
        if (!value.IsBoolean()) throw wrong("a boolean");
        return value.As<Napi::Boolean>().Value();
    }
    std::string text() {
        auto value = next();
        if (!value.IsString()) throw wrong("a string");
        return value.As<Napi::String>().Utf8Value();
    }
    // Valid during the call only. An empty span for null.
    Span bytes() {
        auto value = next();
        if (value.IsNull()) return {};
        if (!value.IsTypedArray() ||
            value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array)
            throw wrong("a Uint8Array or null");
        auto array = value.As<Napi::Uint8Array>();
        static const uint8_t nothing = 0;
        return {array.ByteLength() != 0 ? array.Data() : &nothing, array.ByteLength()};
    }
    // Valid during the call only.
    Numbers numbers() {
        auto value = next();
        if (!value.IsTypedArray() ||
            value.As<Napi::TypedArray>().TypedArrayType() != napi_uint32_array)
            throw wrong("a Uint32Array");
        auto array = value.As<Napi::Uint32Array>();
        return {array.Data(), array.ElementLength()};
    }
    std::vector<std::string> texts() {
        auto value = next();
        if (!value.IsArray()) throw wrong("an array of strings");
        auto array = value.As<Napi::Array>();
        std::vector<std::string> out;
        for (uint32_t i = 0; i < array.Length(); i++) {
            Napi::Value item = array.Get(i);
            if (!item.IsString()) throw wrong("an array of strings");
            out.push_back(item.As<Napi::String>().Utf8Value());
        }
        return out;
    }
    Definitions definitions() {
        auto list = texts();
        Definitions out;
        for (size_t i = 0; i + 1 < list.size(); i += 2) out[list[i]] = list[i + 1];
        return out;
    }
    RequestTarget requestTarget() {
        RequestTarget out;
        out.context = read<uint32_t>();
        out.name = text();
        out.request = bytes();
        out.server = text();
        return out;
    }

    Napi::Value next() { return info_[at_++]; }
    Napi::Error wrong(const char* what) {
        return Napi::TypeError::New(info_.Env(), "node-pvxs: argument " + std::to_string(at_) +
                                                     " must be " + what);
    }

    const Napi::CallbackInfo& info_;
    size_t at_ = 0;
};

} // namespace nodepvxs
