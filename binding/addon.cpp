// The addon's entry: one Environment per JavaScript environment, and the functions of lib-ts/native/addon.ts.
#include <napi.h>

#include "environment.h"
#include "exports.h"
#ifdef NODE_PVXS_CHECKED
#include "checked/own_thread.h"
#endif

namespace nodepvxs {

namespace {

Napi::Object init(Napi::Env env, Napi::Object exports) {
#ifdef NODE_PVXS_CHECKED
    ownThread(env);
    exportTrials(exports);
#endif
    auto environment = new Environment(env);
    env.SetInstanceData<Environment>(environment);

    exports.Set("versions", toJs(env, Session::versions()));
    Exports functions(exports, *environment);
    exportDelivery(functions);
    exportSession(functions);
    return exports;
}

} // namespace

} // namespace nodepvxs

static Napi::Object initAddon(Napi::Env env, Napi::Object exports) {
    return nodepvxs::init(env, exports);
}
NODE_API_MODULE(node_pvxs, initAddon)
