#include "environment.h"

#include <cstring>

namespace nodepvxs {

struct Environment::Loan {
    SharedBytes bytes;
    std::shared_ptr<Ledger> ledger;
};

Environment::Environment(Napi::Env env) : env_(env) {
    napi_add_env_cleanup_hook(env, &Environment::onCleanup, this);
}

// A hook that has run is no longer registered, and Deno panics when it is removed.
Environment::~Environment() {
    if (hooked_) napi_remove_env_cleanup_hook(env_, &Environment::onCleanup, this);
}

void Environment::onCleanup(void* environment) {
    auto self = static_cast<Environment*>(environment);
    self->hooked_ = false;
    self->shutdown();
}

void Environment::attach(const Napi::Array& slabs) {
    if (session_ || ended_) throw Napi::Error::New(env_, "node-pvxs: attached already");
    session_ = std::make_unique<Session>([gate = gate_] { gate->wake(); });
    for (uint32_t i = 0; i < slabs.Length(); i++) {
        auto slab = slabs.Get(i).As<Napi::ArrayBuffer>();
        slabs_.push_back(Napi::Persistent(slab));
        session_->addSlab(static_cast<uint8_t*>(slab.Data()), uint32_t(slab.ByteLength()));
    }
}

void Environment::shutdown() {
    if (ended_) return;
    ended_ = true;
    gate_->end();
    if (session_) session_->shutdown();
}

Session& Environment::session() {
    if (!session_ || ended_) throw Napi::Error::New(env_, "node-pvxs: this environment has ended");
    return *session_;
}

void Environment::onReturn(napi_env, void*, void* hint) {
    std::unique_ptr<Loan> loan(static_cast<Loan*>(hint));
    loan->ledger->bytes -= int64_t(loan->bytes.size);
    loan->ledger->pointers.erase(loan->bytes.data);
}

Napi::Value Environment::lend(SharedBytes bytes) {
    auto& ledger = *ledger_;
    // Copies instead of waiting for finalizers, which could take for ever: a user may keep arrays as long as it likes.
    bool lent = bytes.size != 0 && !ledger.refused &&
                ledger.bytes + int64_t(bytes.size) <= kLentLimit &&
                ledger.pointers.insert(bytes.data).second;
    if (lent) {
        auto loan = std::make_unique<Loan>(Loan{bytes, ledger_});
        napi_value buffer;
        auto status = napi_create_external_arraybuffer(env_, bytes.data, bytes.size,
                                                       &Environment::onReturn, loan.get(), &buffer);
        if (status == napi_ok) {
            ledger.bytes += int64_t(bytes.size);
            loan.release();
            return Napi::Value(env_, buffer);
        }
        ledger.pointers.erase(bytes.data);
        ledger.refused = status == napi_no_external_buffers_allowed; // Electron: once and for all
    }
    auto copy = Napi::ArrayBuffer::New(env_, bytes.size);
    if (bytes.size != 0) std::memcpy(copy.Data(), bytes.data, bytes.size);
    return copy;
}

} // namespace nodepvxs
