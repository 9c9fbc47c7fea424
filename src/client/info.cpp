#include "client/info.h"

namespace nodepvxs::client {

using pvxs::client::Result;

std::shared_ptr<pvxs::client::Operation> Info::start(pvxs::client::Context& context) {
    auto builder = context.info(target_.name);
    return prepare(builder)
        .result(guarded<Result&&>([](Operation& self, Result&& result) {
            auto& info = static_cast<Info&>(self);
            auto& type = result();
            if (!type) return info.failWithoutType();
            info.succeed(type);
        }))
        .exec();
}

} // namespace nodepvxs::client
