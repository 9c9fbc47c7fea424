// The functions that take records, and those of the environment itself.
#include <cstring>

#include "exports.h"

namespace nodepvxs {

namespace {

Napi::Value attach(const Napi::CallbackInfo& info) {
    Environment::of(info).attach(info[0].As<Napi::Array>());
    return info.Env().Undefined();
}

Napi::Value listen(const Napi::CallbackInfo& info) {
    auto& gate = Environment::of(info).gate();
    if (info[0].IsNull())
        gate.shut();
    else
        gate.open(info.Env(), info[0].As<Napi::Function>(), info[1].As<Napi::Object>());
    return info.Env().Undefined();
}

Napi::Value take(const Napi::CallbackInfo& info) {
    auto env = info.Env();
    auto back = info[0].As<Napi::Number>().Int32Value();
    auto linger = info[1].As<Napi::Boolean>().Value();
    auto taken = Environment::of(info).session().take(back, linger);
    if (!taken.own)
        return Napi::Number::New(env, taken.slab < 0 ? double(taken.slab)
                                                     : double(taken.slab) * 4294967296.0 +
                                                           double(taken.bytes));
    auto buffer = Napi::ArrayBuffer::New(env, taken.bytes);
    std::memcpy(buffer.Data(), taken.own->data(), taken.bytes);
    return buffer;
}

Napi::Value takeExternal(const Napi::CallbackInfo& info) {
    auto& environment = Environment::of(info);
    return environment.lend(environment.session().takeArray());
}

Napi::Value hold(const Napi::CallbackInfo& info) {
    Environment::of(info).gate().hold(info[0].As<Napi::Boolean>().Value());
    return info.Env().Undefined();
}

Napi::Value shutdown(const Napi::CallbackInfo& info) {
    Environment::of(info).shutdown();
    return info.Env().Undefined();
}

Napi::Value fatal(const Napi::CallbackInfo& info) {
    napi_fatal_exception(info.Env(), info[0]);
    return info.Env().Undefined();
}

} // namespace

void exportDelivery(Exports& exports) {
    exports.raw<attach>("attach");
    exports.raw<listen>("listen");
    exports.raw<take>("take");
    exports.raw<takeExternal>("takeExternal");
    exports.raw<hold>("hold");
    exports.raw<shutdown>("shutdown");
    exports.raw<fatal>("fatal");
}

} // namespace nodepvxs
