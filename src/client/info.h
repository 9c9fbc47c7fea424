// Info: asks for the type of a PV.
#pragma once

#include "client/operation.h"

namespace nodepvxs::client {

class Info final : public Operation {
public:
    using Operation::Operation;

private:
    std::shared_ptr<pvxs::client::Operation> start(pvxs::client::Context& context) override;
};

} // namespace nodepvxs::client
