#include "log/listener.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <set>
#include <string>
#include <utility>
#include <vector>

#ifndef _WIN32
#include <climits>
#include <poll.h>
#include <unistd.h>
#endif

#include <errlog.h>
#include <pvxs/log.h>

#include "delivery/records.h"

namespace nodepvxs::log {

namespace {

struct Line {
    int level = 40;
    std::string logger, message;
};

std::string withoutColour(const char* text) {
    std::string out;
    for (const char* at = text; *at; at++) {
        if (*at == '\033' && at[1] == '[') {
            while (*at && *at != 'm') at++;
            if (!*at) break;
        } else {
            out += *at;
        }
    }
    while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.pop_back();
    return out;
}

// Text from the network must not write escape sequences into an operator's terminal. In UTF-8 the controls from
// 0x80 to 0x9f are two bytes.
std::string printable(const std::string& text) {
    static const char digits[] = "0123456789abcdef";
    std::string out;
    for (size_t at = 0; at < text.size(); at++) {
        auto byte = uint8_t(text[at]);
        bool second = byte == 0xc2 && at + 1 < text.size() && uint8_t(text[at + 1]) >= 0x80 &&
                      uint8_t(text[at + 1]) < 0xa0;
        if (second) byte = uint8_t(text[++at]);
        if (second || byte == 0x7f || (byte < 0x20 && byte != '\n' && byte != '\t')) {
            out += "\\x";
            out += digits[byte >> 4];
            out += digits[byte & 15];
        } else {
            out += char(byte);
        }
    }
    return out;
}

// "0010 : CA020000 …", sixteen bytes of the message that the line after them is about; "..." where it goes on.
bool isBytes(const std::string& text) {
    return text == "..." ||
           (text.find_first_not_of("0123456789abcdef") == 4 && text.compare(4, 3, " : ") == 0);
}

// An address that is left out of a list, mostly for want of its name in the DNS: the others are searched.
bool isOfHost(const Line& line) {
    return line.logger == "pvxs.config" &&
           line.message.find(" ignoring invalid '") != std::string::npos;
}

// "2026-01-31T12:00:00.123456789 ERR pvxs.tcp.io message…"; lines of EPICS itself have no such
// head.
Line takeApart(const char* text) {
    static const struct {
        const char* name;
        int level;
    } levels[] = {{"CRIT", 50}, {"ERR", 40}, {"WARN", 30}, {"INFO", 20}, {"DEBUG", 10}};
    auto plain = withoutColour(text);
    auto first = plain.find(' ');
    auto second = first == std::string::npos ? first : plain.find(' ', first + 1);
    if (second != std::string::npos) {
        auto name = plain.substr(first + 1, second - first - 1);
        for (auto& level : levels) {
            if (name != level.name) continue;
            auto end = plain.find_first_of(" \n", second + 1);
            Line line;
            line.level = level.level;
            line.logger =
                plain.substr(second + 1, end == std::string::npos ? end : end - second - 1);
            auto begin = end == std::string::npos ? end : plain.find_first_not_of(" \n", end);
            if (begin != std::string::npos) line.message = plain.substr(begin);
            if (isOfHost(line)) line.level = 30;
            return line;
        }
    }
    if (isBytes(plain)) return {10, "pvxs.bytes", plain};
    return {40, "epics", plain};
}

// False: dropped. Where stderr is a pipe that is full and that nobody reads, writing would hold up errlog's thread for
// ever, with it whoever wants the lock, and the end of the process, which waits for that thread.
bool print(std::string text) {
#ifdef _WIN32
    return std::fputs(text.c_str(), stderr) >= 0;
#else
    pollfd out{STDERR_FILENO, POLLOUT, 0};
    if (poll(&out, 1, 0) != 1 || (out.revents & POLLOUT) == 0) return false;
    if (text.size() > PIPE_BUF) text.resize(PIPE_BUF); // for so many there is room
    return write(STDERR_FILENO, text.data(), text.size()) >= 0;
#endif
}

class Listener {
public:
    void attach(const std::shared_ptr<delivery::Outbox>& outbox) {
        std::lock_guard<std::mutex> guard(lock_);
        listeners_.insert(outbox);
    }
    void detach(const std::shared_ptr<delivery::Outbox>& outbox) {
        std::lock_guard<std::mutex> guard(lock_);
        listeners_.erase(outbox);
    }
    void count(int environments) {
        std::lock_guard<std::mutex> guard(lock_);
        environments_ += environments;
    }
    // PVXS does nothing when a pattern is set to what it was set to before, although another
    // pattern may have overridden it since. So that the later setting wins all are applied anew, in
    // order.
    void set(const std::string& pattern, int level) {
        std::lock_guard<std::mutex> guard(settings_);
        auto& all = levels_;
        all.erase(std::remove_if(all.begin(), all.end(),
                                 [&](auto& entry) { return entry.first == pattern; }),
                  all.end());
        all.emplace_back(pattern, levelOf(level));
        pvxs::logger_level_clear();
        pvxs::logger_config_env();
        for (auto& entry : all) pvxs::logger_level_set(entry.first.c_str(), entry.second);
    }
    void onLine(const char* text) {
        auto line = takeApart(text);
        std::lock_guard<std::mutex> guard(lock_);
        if (environments_ == 0 || !allowed(line.level)) return;
        if (listeners_.empty() && line.level >= 40 &&
            !print("node-pvxs: " + printable(line.logger) + " " + printable(line.message) + "\n"))
            dropped_++;
        for (auto& outbox : listeners_)
            outbox->push({delivery::Kind::Log, uint8_t(line.level), 0, 0, 0, 0},
                         [&](wire::Buffer& to) {
                             wire::put(to, line.logger);
                             wire::put(to, line.message);
                         });
    }

private:
    // A peer that sends nonsense makes a line for each message: what is beyond the rate is counted,
    // not kept.
    bool allowed(int level) {
        auto second = std::chrono::duration_cast<std::chrono::seconds>(
                          std::chrono::steady_clock::now().time_since_epoch())
                          .count();
        if (second != second_) {
            second_ = second;
            lines_ = 0;
            if (dropped_ == 0 || !listeners_.empty() ||
                print("node-pvxs: " + std::to_string(dropped_) + " more log lines\n"))
                dropped_ = 0;
        }
        bool printed = listeners_.empty();
        if (printed && level < 40) return false;
        if (++lines_ <= (printed ? 20u : 10000u)) return true;
        dropped_++;
        return false;
    }

    std::mutex settings_;
    std::vector<std::pair<std::string, pvxs::Level>> levels_;
    std::mutex lock_;
    int environments_ = 0;
    std::set<std::shared_ptr<delivery::Outbox>> listeners_;
    long long second_ = 0;
    unsigned lines_ = 0;
    unsigned long long dropped_ = 0;
};

void onLine(void* listener, const char* text) {
    try {
        static_cast<Listener*>(listener)->onLine(text);
    } catch (std::exception&) {
        // out of memory for a log line: there is nothing to tell it with
    }
}

Listener& listener() {
    static Listener* leaked = [] {
        auto made = new Listener;
        errlogAddListener(&onLine, made);
        eltc(0);
        pvxs::logger_config_env();
        return made;
    }();
    return *leaked;
}

} // namespace

void begin() { listener().count(1); }

void end() { listener().count(-1); }

void attach(const std::shared_ptr<delivery::Outbox>& outbox) { listener().attach(outbox); }

void detach(const std::shared_ptr<delivery::Outbox>& outbox) { listener().detach(outbox); }

pvxs::Level levelOf(int level) {
    if (level >= 50) return pvxs::Level::Crit;
    if (level >= 40) return pvxs::Level::Err;
    if (level >= 30) return pvxs::Level::Warn;
    return level >= 20 ? pvxs::Level::Info : pvxs::Level::Debug;
}

void setLevel(const std::string& pattern, int level) { listener().set(pattern, level); }

} // namespace nodepvxs::log
