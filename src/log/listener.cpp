#include "log/listener.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <deque>
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
#include "threads/shortage.h"

namespace nodepvxs::log {

namespace {

// No line of PVXS or EPICS begins with this byte.
constexpr char kMark[] = "\001 all lines before this have been passed on\n";

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

// Text from the network must not write escape sequences into an operator's terminal. In UTF-8 the control characters from
// 0x80 to 0x9f take two bytes.
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

// "0010 : CA020000 …": sixteen bytes of the message that the next line is about. "..." stands for the bytes left out.
bool isBytes(const std::string& text) {
    return text == "..." ||
           (text.find_first_not_of("0123456789abcdef") == 4 && text.compare(4, 3, " : ") == 0);
}

// An address that is left out of a list, mostly because its name is not in the DNS. The others are searched.
bool isOfHost(const Line& line) {
    return line.logger == "pvxs.config" &&
           line.message.find(" ignoring invalid '") != std::string::npos;
}

// "2026-01-31T12:00:00.123456789 ERR pvxs.tcp.io message…". Lines of EPICS itself have no such head.
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
    // On a host without a network: nothing is wrong, and loopback is used.
    if (plain.find("osiLocalAddr(): only loopback found") == 0) return {20, "epics", plain};
    return {40, "epics", plain};
}

// False: dropped. If stderr is a full pipe that nobody reads, a write would block errlog's thread for ever. That would
// block whatever needs the lock, and the end of the process, which waits for that thread.
bool print(std::string text) {
#ifdef _WIN32
    return std::fputs(text.c_str(), stderr) >= 0;
#else
    pollfd out{STDERR_FILENO, POLLOUT, 0};
    if (poll(&out, 1, 0) != 1 || (out.revents & POLLOUT) == 0) return false;
    if (text.size() > PIPE_BUF) text.resize(PIPE_BUF); // a writable pipe takes that many
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
    // PVXS does nothing when a pattern is set to the level that it has been set to before, although another pattern may
    // have overridden it since. So all settings are applied again in order, and the latest one wins.
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
    void whenFlushed(std::function<void()> then) {
        std::lock_guard<std::mutex> guard(lock_);
        unmarked_.push_back(std::move(then));
        mark();
    }
    void onLine(const char* text) {
        if (std::strcmp(text, kMark) == 0) return onMark();
        auto line = takeApart(text);
        std::lock_guard<std::mutex> guard(lock_);
        mark();
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
    // Errlog keeps the order of lines, so a mark among them arrives after everything that was logged before it. If errlog's
    // buffer is full, lines are still to come, and the next one tries again. With the lock held: otherwise the last of
    // those lines could pass between the failed attempt and its entry in the list.
    void mark() {
        for (; !unmarked_.empty(); unmarked_.pop_front()) {
            marked_.push_back(unmarked_.front());
            if (errlogPrintfNoConsole("%s", kMark) > 0) continue;
            marked_.pop_back();
            return;
        }
    }
    void onMark() {
        std::function<void()> then;
        {
            std::lock_guard<std::mutex> guard(lock_);
            mark();
            if (marked_.empty()) return;
            then.swap(marked_.front());
            marked_.pop_front();
        }
        then();
    }

    // A peer that sends nonsense causes a line for each message. Lines beyond the rate are counted, not kept.
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
    // What waits for a mark that is not written yet, and for one that is, in the order of the marks.
    std::deque<std::function<void()>> unmarked_, marked_;
    long long second_ = 0;
    unsigned lines_ = 0;
    unsigned long long dropped_ = 0;
};

void onLine(void* listener, const char* text) {
    try {
        static_cast<Listener*>(listener)->onLine(text);
    } catch (std::exception&) {
        // Out of memory for a log line: it cannot be reported either.
    }
}

Listener& listener() {
    static Listener* leaked = [] {
        // Errlog ends the process when it gets no thread.
        threads::requireThread();
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

void whenFlushed(std::function<void()> then) { listener().whenFlushed(std::move(then)); }

void setLevel(const std::string& pattern, int level) { listener().set(pattern, level); }

} // namespace nodepvxs::log
