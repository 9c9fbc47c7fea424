// Exports: puts functions on the addon's object. Most are functions of the Session. Their arguments and results are read
// off their signature, so that to add one takes a line in session_calls.cpp.
#pragma once

#include <exception>
#include <tuple>
#include <type_traits>
#include <utility>

#include <napi.h>

#include "arguments.h"
#include "environment.h"
#include "results.h"
#include "threads/shortage.h"

namespace nodepvxs {

class Exports final {
public:
    Exports(Napi::Object object, Environment& environment)
        : object_(object), environment_(environment) {}

    // A function that does everything itself. What it throws becomes a JavaScript error.
    template <Napi::Value (*F)(const Napi::CallbackInfo&)>
    void raw(const char* name) {
        object_.Set(name, Napi::Function::New<&guarded<F>>(object_.Env(), name, &environment_));
    }
    // A function of the Session, possibly static.
    template <auto F>
    void session(const char* name) {
        raw<&called<F>>(name);
    }

private:
    template <Napi::Value (*F)(const Napi::CallbackInfo&)>
    static Napi::Value guarded(const Napi::CallbackInfo& info) {
        try {
            return F(info);
        } catch (const Napi::Error&) {
            throw;
        } catch (const std::exception& e) {
            auto shortage = threads::shortageIn(e);
            auto error = Napi::Error::New(info.Env(), shortage.empty() ? e.what() : shortage);
            if (!shortage.empty())
                error.Set("code", Napi::String::New(info.Env(), "ERR_PVA_RESOURCE"));
            throw error;
        }
    }
    template <auto F>
    static Napi::Value called(const Napi::CallbackInfo& info) {
        return call(info, F);
    }
    template <typename R, typename... Args>
    static Napi::Value call(const Napi::CallbackInfo& info, R (Session::*function)(Args...)) {
        auto& session = Environment::of(info).session();
        return apply<R, Args...>(info, [&session, function](auto&... arguments) -> R {
            return (session.*function)(std::move(arguments)...);
        });
    }
    template <typename R, typename... Args>
    static Napi::Value call(const Napi::CallbackInfo& info, R (*function)(Args...)) {
        return apply<R, Args...>(info, [function](auto&... arguments) -> R {
            return function(std::move(arguments)...);
        });
    }
    template <typename R, typename... Args, typename F>
    static Napi::Value apply(const Napi::CallbackInfo& info, F function) {
        [[maybe_unused]] Arguments reader(info);
        // In braces, which are evaluated from left to right. The arguments of a call need not be.
        std::tuple<std::decay_t<Args>...> arguments{reader.read<std::decay_t<Args>>()...};
        if constexpr (std::is_void_v<R>) {
            std::apply(function, arguments);
            return info.Env().Undefined();
        } else {
            return toJs(info.Env(), std::apply(function, arguments));
        }
    }

    Napi::Object object_;
    Environment& environment_;
};

void exportDelivery(Exports& exports);
void exportSession(Exports& exports);

} // namespace nodepvxs
