// Results: turns what a function of the Session returns into JavaScript values. lib-ts/native/addon.ts has the types.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <napi.h>

#include "session/session.h"

namespace nodepvxs {

inline Napi::Value toJs(Napi::Env env, bool value) { return Napi::Boolean::New(env, value); }
inline Napi::Value toJs(Napi::Env env, const std::string& value) {
    return Napi::String::New(env, value);
}
inline Napi::Value toJs(Napi::Env env, uint32_t value) { return Napi::Number::New(env, value); }
Napi::Value toJs(Napi::Env env, const Bytes& bytes);
Napi::Value toJs(Napi::Env env, const Counts& counts);
Napi::Value toJs(Napi::Env env, const client::SubscriptionStats& stats);
Napi::Value toJs(Napi::Env env, const server::ServerInfo& info);
Napi::Value toJs(Napi::Env env, const Versions& versions);
Napi::Value toJs(Napi::Env env, const std::vector<upstream::ConnectionReport>& connections);

template <typename T>
Napi::Value toJs(Napi::Env env, const std::optional<T>& value) {
    return value ? toJs(env, *value) : env.Null();
}

} // namespace nodepvxs
