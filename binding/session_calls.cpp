// The functions of the Session under the names of lib-ts/native/addon.ts.
#include "exports.h"

namespace nodepvxs {

namespace {

void exportClient(Exports& exports) {
    exports.session<&Session::contextOpen>("contextOpen");
    exports.session<&Session::contextClose>("contextClose");
    exports.session<&Session::get>("get");
    exports.session<&Session::info>("info");
    exports.session<&Session::put>("put");
    exports.session<&Session::putValue>("putValue");
    exports.session<&Session::rpc>("rpc");
    exports.session<&Session::ring>("ring");
    exports.session<&Session::abandon>("abandon");
    exports.session<&Session::monitor>("monitor");
    exports.session<&Session::credit>("credit");
    exports.session<&Session::pause>("pause");
    exports.session<&Session::monitorStats>("monitorStats");
    exports.session<&Session::monitorPhase>("monitorPhase");
    exports.session<&Session::monitorClose>("monitorClose");
    exports.session<&Session::connect>("connect");
    exports.session<&Session::connectClose>("connectClose");
    exports.session<&Session::discover>("discover");
    exports.session<&Session::discoverClose>("discoverClose");
    exports.session<&Session::hurryUp>("hurryUp");
    exports.session<&Session::cacheClear>("cacheClear");
    exports.session<&Session::contextReport>("contextReport");
}

void exportServer(Exports& exports) {
    exports.session<&Session::serverNew>("serverNew");
    exports.session<&Session::serverStart>("serverStart");
    exports.session<&Session::serverStop>("serverStop");
    exports.session<&Session::serverClose>("serverClose");
    exports.session<&Session::serverInfo>("serverInfo");
    exports.session<&Session::serverReport>("serverReport");
    exports.session<&Session::serverAddSource>("serverAddSource");
    exports.session<&Session::serverRemoveSource>("serverRemoveSource");
    exports.session<&Session::sourceNew>("sourceNew");
    exports.session<&Session::sourceAdd>("sourceAdd");
    exports.session<&Session::sourceRemove>("sourceRemove");
    exports.session<&Session::sourceMatch>("sourceMatch");
    exports.session<&Session::sourceNames>("sourceNames");
    exports.session<&Session::sourceFree>("sourceFree");
    exports.session<&Session::channelAttach>("channelAttach");
    exports.session<&Session::pvNew>("pvNew");
    exports.session<&Session::pvOpen>("pvOpen");
    exports.session<&Session::pvPost>("pvPost");
    exports.session<&Session::deliver>("deliver");
    exports.session<&Session::pvClose>("pvClose");
    exports.session<&Session::pvCurrent>("pvCurrent");
    exports.session<&Session::pvSubscribers>("pvSubscribers");
    exports.session<&Session::pvFree>("pvFree");
    exports.session<&Session::operationReply>("operationReply");
    exports.session<&Session::operationError>("operationError");
    exports.session<&Session::operationLog>("operationLog");
    exports.session<&Session::operationRoles>("operationRoles");
}

} // namespace

void exportSession(Exports& exports) {
    exports.session<&Session::give>("give");
    exports.session<&Session::counts>("counts");
    exports.session<&Session::instances>("instances");
    exports.session<&Session::shortage>("shortage");
    exports.session<&Session::logTo>("logTo");
    exports.session<&Session::logLevel>("logLevel");
    exportClient(exports);
    exportServer(exports);
}

} // namespace nodepvxs
