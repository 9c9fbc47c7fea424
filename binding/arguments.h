// Arguments: the arguments of one call from lib-ts/native, read in order. Types are trusted as far as TypeScript goes;
// a wrong one is an Error, never a crash.
#pragma once

#include <string>
#include <vector>

#include <napi.h>

#include "environment.h"

namespace nodepvxs {

class Arguments final {
public:
    explicit Arguments(const Napi::CallbackInfo& info)
        : info_(info), session(Environment::of(info).session()) {}

    uint32_t number() {
        auto value = next();
        if (!value.IsNumber()) throw wrong("a number");
        return value.As<Napi::Number>().Uint32Value();
    }
    int32_t signedNumber() { return int32_t(number()); }
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
    // Valid during the call only. Null: nothing.
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
    Napi::Uint32Array numbers() {
        auto value = next();
        if (!value.IsTypedArray() ||
            value.As<Napi::TypedArray>().TypedArrayType() != napi_uint32_array)
            throw wrong("a Uint32Array");
        return value.As<Napi::Uint32Array>();
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
    // context, name, request, server
    ChannelTarget target() {
        ChannelTarget out;
        out.context = number();
        out.name = text();
        out.request = bytes();
        out.server = text();
        return out;
    }

private:
    Napi::Value next() { return info_[at_++]; }
    Napi::Error wrong(const char* what) {
        return Napi::TypeError::New(info_.Env(), "node-pvxs: argument " + std::to_string(at_) +
                                                     " must be " + what);
    }

    const Napi::CallbackInfo& info_;
    size_t at_ = 0;

public:
    Session& session;
};

// Registers functions on the exports object; what they throw becomes a JavaScript error.
class Exports final {
public:
    Exports(Napi::Object object, Environment& environment)
        : object_(object), environment_(environment) {}

    template <Napi::Value (*F)(const Napi::CallbackInfo&)>
    void raw(const char* name) {
        object_.Set(name, Napi::Function::New<&guarded<F>>(object_.Env(), name, &environment_));
    }
    template <void (*F)(Arguments&)>
    void call(const char* name) {
        raw<&voidCall<F>>(name);
    }
    template <bool (*F)(Arguments&)>
    void ask(const char* name) {
        raw<&boolCall<F>>(name);
    }

private:
    template <Napi::Value (*F)(const Napi::CallbackInfo&)>
    static Napi::Value guarded(const Napi::CallbackInfo& info) {
        try {
            return F(info);
        } catch (const Napi::Error&) {
            throw;
        } catch (const std::exception& e) {
            throw Napi::Error::New(info.Env(), e.what());
        }
    }
    template <void (*F)(Arguments&)>
    static Napi::Value voidCall(const Napi::CallbackInfo& info) {
        Arguments arguments(info);
        F(arguments);
        return info.Env().Undefined();
    }
    template <bool (*F)(Arguments&)>
    static Napi::Value boolCall(const Napi::CallbackInfo& info) {
        Arguments arguments(info);
        return Napi::Boolean::New(info.Env(), F(arguments));
    }

    Napi::Object object_;
    Environment& environment_;
};

Napi::Value reportOf(Napi::Env env, const std::vector<ConnectionNumbers>& connections);
Napi::Array definitionsOf(Napi::Env env, const Definitions& definitions);

void exportDelivery(Exports& exports);
void exportClient(Exports& exports);
void exportServer(Exports& exports);

} // namespace nodepvxs
