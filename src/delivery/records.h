// Records: what native threads tell the JS thread. lib-ts/native/addon.ts holds the same numbers and describes the
// content of each kind.
#pragma once

#include <cstdint>
#include <exception>
#include <string>

struct epicsTimeStamp;

namespace nodepvxs::delivery {

enum class Kind : uint8_t {
    Type = 1,
    Update,
    Event,
    Result,
    Failure,
    Init,
    Phase,
    Channel,
    ChannelClosed,
    Operation,
    Cancelled,
    Occupied,
    Create,
    Discovered,
    Log,
};

// Flag of an Update.
enum : uint8_t { kFresh = 1 };
// Flag of a Type.
enum : uint8_t { kForget = 1 };
enum class Event : uint8_t {
    Connected = 1,
    Disconnected,
    Finished,
    RemoteError,
    Error,
    Argument,
    Resource
};
enum class Failure : uint8_t {
    Remote = 1,
    Disconnected,
    Closed,
    Internal,
    Type,
    Argument,
    Resource
};
// The event that ends a subscription or a connection before it has begun.
constexpr Event eventOf(Failure why) {
    return why == Failure::Argument   ? Event::Argument
           : why == Failure::Resource ? Event::Resource
                                      : Event::Error;
}
enum class Phase : uint8_t { Search = 0, Connect, Init, Execute };

struct Head {
    Kind kind;
    uint8_t flags;
    uint16_t externals;
    uint32_t length;
    uint32_t id;
    uint32_t type;
};
static_assert(sizeof(Head) == 16, "TypeScript reads these offsets");

class Outbox;

// The small records that client and server write in the same way.
void pushDone(Outbox& outbox, uint32_t call);
void pushFailure(Outbox& outbox, uint32_t call, Failure why, const std::string& text);
void pushEvent(Outbox& outbox, uint32_t id, Event what, double time, const std::string& text);

// A failure and its text.
struct Reason {
    Failure kind = Failure::Internal;
    std::string text;
};
// Of something that threw. A shortage of the process is named as such; otherwise the kind is `otherwise`, and the text what
// was thrown.
[[nodiscard]] Reason reasonOf(const std::exception& error, Failure otherwise = Failure::Internal);

// Milliseconds since 1970.
double milliseconds(const epicsTimeStamp& time);
double now();

} // namespace nodepvxs::delivery
