// Taking records, process-wide facts, logging.
#include <cstring>

#include "arguments.h"

namespace nodepvxs {

namespace {

Napi::Value attach(const Napi::CallbackInfo& info) {
    Environment::of(info).attach(info[0].As<Napi::Array>(), info[1].As<Napi::Function>());
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

void give(Arguments& arguments) { arguments.session.give(arguments.signedNumber()); }

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

Napi::Value objectOf(Napi::Env env, const Counts& counts) {
    auto object = Napi::Object::New(env);
    for (auto& entry : counts) object.Set(entry.first, double(entry.second));
    return object;
}

Napi::Value counts(const Napi::CallbackInfo& info) {
    return objectOf(info.Env(), Environment::of(info).session().counts());
}

Napi::Value instances(const Napi::CallbackInfo& info) {
    return objectOf(info.Env(), Session::instances());
}

void logTo(Arguments& arguments) { arguments.session.logTo(arguments.flag()); }

Napi::Value logLevel(const Napi::CallbackInfo& info) {
    Session::logLevel(info[0].As<Napi::String>().Utf8Value(),
                      info[1].As<Napi::Number>().Int32Value());
    return info.Env().Undefined();
}

} // namespace

Napi::Value reportOf(Napi::Env env, const std::vector<ConnectionNumbers>& connections) {
    auto list = Napi::Array::New(env);
    for (auto& connection : connections) {
        auto channels = Napi::Array::New(env);
        for (auto& channel : connection.channels) {
            auto item = Napi::Object::New(env);
            item.Set("name", channel.name);
            item.Set("sent", double(channel.sent));
            item.Set("received", double(channel.received));
            channels.Set(channels.Length(), item);
        }
        auto item = Napi::Object::New(env);
        item.Set("peer", connection.peer);
        item.Set("method", connection.method);
        item.Set("account", connection.account);
        item.Set("sent", double(connection.sent));
        item.Set("received", double(connection.received));
        item.Set("channels", channels);
        list.Set(list.Length(), item);
    }
    return list;
}

Napi::Array definitionsOf(Napi::Env env, const Definitions& definitions) {
    auto list = Napi::Array::New(env);
    for (auto& entry : definitions) {
        list.Set(list.Length(), entry.first);
        list.Set(list.Length(), entry.second);
    }
    return list;
}

void exportDelivery(Exports& exports) {
    exports.raw<attach>("attach");
    exports.raw<take>("take");
    exports.call<give>("give");
    exports.raw<takeExternal>("takeExternal");
    exports.raw<hold>("hold");
    exports.raw<shutdown>("shutdown");
    exports.raw<fatal>("fatal");
    exports.raw<counts>("counts");
    exports.raw<instances>("instances");
    exports.call<logTo>("logTo");
    exports.raw<logLevel>("logLevel");
}

} // namespace nodepvxs
