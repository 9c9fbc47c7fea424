# How PVXS's client finds a channel again, and says why it has none; and how its server refuses one. As in patches.cmake.
set(patched "${pvxs_gen}/patched")
set(original "${PVXSLIBS_DIR}/src")

# All files that include the two headers below, which must be the patched ones everywhere: they lie beside them.
foreach(name clientintrospect serverget serverintrospect serversource)
  patch("${patched}/${name}.cpp" "${original}/${name}.cpp")
endforeach()

patch("${patched}/clientimpl.h" "${original}/clientimpl.h"
[==[    bool ready = false;
    bool nameserver = false;
]==]
[==[    bool ready = false;
    bool nameserver = false;
    // The server knows that we want to be told when it has other names.
    bool listening = false;
    // What ended it.
    std::string why;
]==]
[==[    void createChannels();

]==]
[==[    void createChannels();
    // Asks this server, over its connection, for all that is searched; for what was refused only when `changed`.
    void searchHere(bool changed);
    // Tries now what it would try later.
    void hurry();

]==]
[==[    size_t nSearch = 0u;
]==]
[==[    size_t nSearch = 0u;

    // The bucket that searches for it next, one more than there are for the initial one. Entries in others are left over.
    size_t bucket = 0u;
    // The tick that searched for it last, when that was (ns), and how many searches were not answered.
    size_t tick = 0u;
    epicsUInt64 searched = 0u;
    size_t unanswered = 0u;
    // The connection to the server that had it last, or refused it: kept open, so that it can tell of a change.
    std::shared_ptr<Connection> last;
    // How often in a row it was refused, by an answer or by a close before anything came on it.
    size_t refusals = 0u;
    // How often in a row it was closed within a second although something had come on it.
    size_t losses = 0u;
    epicsUInt64 born = 0u;
    size_t bornRx = 0u;
    // Connectors have been told that it is there.
    bool told = false;
    bool brief() const { return epicsMonotonicGet()-born < 1000000000u; }
    void tell();
    // Why it is not connected although a server has it.
    enum trouble_t { None, Refused, Unreached } trouble = None;
    std::string why, troubleAt;
]==]
[==[    void disconnect(const std::shared_ptr<Channel>& self);
]==]
[==[    void disconnect(const std::shared_ptr<Channel>& self);
    void connectTo(const std::shared_ptr<Channel>& self, const SockAddr& server, bool reconn);
    void refused(const std::shared_ptr<Channel>& self, const std::string& why);
]==]
[==[    std::vector<std::pair<SockAddr, std::shared_ptr<Connection>>> nameServers;
]==]
[==[    std::vector<std::pair<SockAddr, std::shared_ptr<Connection>>> nameServers;
    struct NSRetry {
        unsigned failures = 0u;
        epicsUInt64 due = 0u;
        std::string why;
    };
    std::vector<NSRetry> nsRetries; // of each name server
    size_t ticks = 0u;
    // Channels that were refused before and are there now: connectors hear of them when they are of use, or last.
    std::list<std::weak_ptr<Channel>> doubtful;
    void tellDoubtful();
]==]
[==[    void onNSCheck();
]==]
[==[    void onNSCheck();
    void onNSLost(Connection* conn);
    void scheduleNS();
    // Has `chan` searched by the next tick but `later`, or, when `later` is 0, in 10 ms.
    void search(const std::shared_ptr<Channel>& chan, size_t later);
]==]
)

# A list of addresses is read where a host may not resolve, which only the log was told.
patch("${patched}/config.cpp" "${original}/config.cpp"
[==[void split_addr_into(const char* name,]==]
[==[} // namespace
namespace impl {
thread_local std::vector<std::string>* ignoredAddresses;
}
namespace {
void split_addr_into(const char* name,]==]
[==[                log_err_printf(config, "%s ignoring invalid '%s' : %s\n", name, temp.c_str(), e.what());
]==]
[==[                log_err_printf(config, "%s ignoring invalid '%s' : %s\n", name, temp.c_str(), e.what());
                if(impl::ignoredAddresses)
                    impl::ignoredAddresses->push_back(temp);
]==]
)

# A channel that its server closed, or refused, was asked for again at once for ever when the server is named, and else
# after up to 30 s. One that is named and refused was never asked for again.
# A call for a channel that is searched waited for its next search, up to 30 s; a lost name server for its retry, 10 s.
patch("${patched}/client.cpp" "${original}/client.cpp"
[==[    assert(!self || this==self.get());
    auto current(std::move(conn));
]==]
[==[    assert(!self || this==self.get());
    auto current(std::move(conn));
    const bool closedByServer = state==Active && current && current->connection() && current->ready;
    if(state==Connecting || state==Creating) {
        trouble = Unreached;
        troubleAt = current->peerName;
        why = current->why;
        unanswered = 0u;
    }
]==]
[==[        bool cur = op->_connected = op->chan->state==Channel::Active;
]==]
[==[        bool cur = op->_connected = op->chan->state==Channel::Active && op->chan->told;
]==]
[==[    state = Channel::Searching;
    sid = 0xdeadbeef; // spoil
]==]
[==[    state = Channel::Searching;
    told = false;
    sid = 0xdeadbeef; // spoil
]==]
[==[        self->tickSearch(SearchKind::check, poke);
]==]
[==[        self->tickSearch(SearchKind::check, poke);
        self->tellDoubtful();
]==]
[==[    if(!self) { // in ~Channel
        // searchBuckets cleaned in tickSearch()
]==]
[==[    if(!self) { // in ~Channel
        // searchBuckets cleaned in tickSearch()

    } else if(closedByServer && context->state==ContextImpl::Running) {
        last = current;
        // It was accepted to be refused, unless it lasted, or something came on it. Not even that helps when it is so again
        // and again.
        if(!brief())
            refusals = losses = 0u;
        else if(statRx==bornRx || ++losses > 10u)
            refusals++;
        else
            refusals = 0u;
        context->search(self, refusals);
        current->searchHere(false);
]==]
[==[        auto next = (context->currentBucket + holdoff) % nBuckets;

        context->searchBuckets[next].push_back(self);
]==]
[==[        context->search(self, holdoff+1u);
]==]
[==[        conn = Connection::build(context, forcedServer, true);

        conn->pending[cid] = self;
        state = Connecting;

        conn->createChannels();

    }
}
]==]
[==[        connectTo(self, forcedServer, true);

    }
}

void Channel::connectTo(const std::shared_ptr<Channel>& self, const SockAddr& server, bool reconn)
{
    conn = Connection::build(context, server, reconn);

    conn->pending[cid] = self;
    state = Connecting;

    conn->createChannels();
}

void Channel::refused(const std::shared_ptr<Channel>& self, const std::string& text)
{
    trouble = Refused;
    troubleAt = conn->peerName;
    why = text;
    unanswered = 0u;
    refusals++;
    last = std::move(conn);
    conn.reset();
    state = Searching;
    context->search(self, refusals);
    if(!last->listening)
        last->searchHere(false);
}

void Channel::tell()
{
    told = true;
    auto conns(connectors); // copy list

    for(auto& conn : conns) {
        if(!conn->_connected.exchange(true, std::memory_order_relaxed) && conn->_onConn)
            conn->_onConn();
    }
}

void ContextImpl::tellDoubtful()
{
    auto waiting(std::move(doubtful));
    doubtful.clear();
    for(auto& weak : waiting) {
        auto chan(weak.lock());
        if(!chan || chan->state!=Channel::Active || chan->told)
            continue;
        if(chan->brief() && chan->statRx==chan->bornRx)
            doubtful.push_back(chan);
        else
            chan->tell();
    }
}

void ContextImpl::search(const std::shared_ptr<Channel>& chan, size_t later)
{
    if(later==0u) {
        chan->bucket = nBuckets;
        initialSearchBucket.push_back(chan);
        if(state==Running)
            scheduleInitialSearch();
    } else {
        chan->bucket = (currentBucket + std::min(later, nBuckets) - 1u) % nBuckets;
        searchBuckets[chan->bucket].push_back(chan);
    }
}
]==]
[==[        chan = it->second;
        chan->garbage = false;
    }
]==]
[==[        chan = it->second;
        chan->garbage = false;
        // Somebody asks anew: so do we, but not again and again.
        if(chan->state==Searching && chan->bucket!=nBuckets) {
            auto age = epicsMonotonicGet()-chan->searched;
            if(age > (chan->refusals ? 1000000000u : 200000000u)) {
                chan->nSearch = 0u;
                context->search(chan, 0u);
            } else if(!chan->refusals && chan->bucket!=context->currentBucket) {
                chan->nSearch = 0u;
                context->search(chan, 1u);
            }
        }
    }
]==]
[==[            context->initialSearchBucket.push_back(chan);

            context->scheduleInitialSearch();
]==]
[==[            context->search(chan, 0u);
]==]
[==[            chan->conn = Connection::build(context, forceServer);

            chan->conn->pending[chan->cid] = chan;
            chan->state = Connecting;

            chan->conn->createChannels();
]==]
[==[            chan->connectTo(chan, forceServer, false);
]==]
[==[        nameServers.emplace_back(saddr, nullptr);
]==]
[==[        nameServers.emplace_back(saddr, nullptr);
        nsRetries.emplace_back();
]==]
[==[               event_new(tcp_loop.base, -1, EV_TIMEOUT|EV_PERSIST, &ContextImpl::onNSCheckS, this))
]==]
[==[               event_new(tcp_loop.base, -1, EV_TIMEOUT, &ContextImpl::onNSCheckS, this))
]==]
[==[
        if(event_add(nsChecker.get(), &tcpNSCheckInterval))
            log_err_printf(setup, "Error enabling TCP search reconnect timer\n%s", "");
]==]
""
[==[static
void procSearchReply(ContextImpl& self, const SockAddr& src, uint8_t peerVersion, Buffer& M, bool istcp)
{
]==]
[==[// searchSequenceID of the empty reply with which a server of ours says that it has other names.
static constexpr uint32_t changed_seq{0x6e657773};

// Whether the server has other names than before.
static
bool procSearchReply(ContextImpl& self, const SockAddr& src, uint8_t peerVersion, Buffer& M, bool istcp)
{
]==]
[==[                                 src.tostring().c_str(), std::string(SB()<<guid).c_str());
                return;
]==]
[==[                                 src.tostring().c_str(), std::string(SB()<<guid).c_str());
                return false;
]==]
[==[    if(!found || proto!="tcp")
        return;
]==]
[==[    if(!found || proto!="tcp")
        return M.good() && istcp && seq==changed_seq && !found && nSearch==0u;
]==]
[==[            chan->conn = Connection::build(self.shared_from_this(), serv);

            chan->conn->pending[chan->cid] = chan;
            chan->nSearch = 0u;
            chan->state = Channel::Connecting;

            chan->conn->createChannels();
]==]
[==[            chan->nSearch = 0u;
            chan->unanswered = 0u;
            chan->last.reset();
            chan->connectTo(chan, chan->forcedServer.family()==AF_UNSPEC ? serv : chan->forcedServer, false);
]==]
[==[                           serv.tostring().c_str());
        }
    }

}
]==]
[==[                           serv.tostring().c_str());
        }
    }
    return false;
}
]==]
[==[    procSearchReply(*context, peerAddr, peerVersion, M, true);
]==]
[==[    bool changed = procSearchReply(*context, peerAddr, peerVersion, M, true);
]==]
[==[                        M.file(), M.line(), peerName.c_str());
        bev.reset();
    }
}

void ContextImpl::onSearchS(]==]
[==[                        M.file(), M.line(), peerName.c_str());
        bev.reset();
    } else if(changed) {
        searchHere(true);
    }
}

void Connection::searchHere(bool changed)
{
    if(!ready || !connection() || evbuffer_get_length(bufferevent_get_output(connection())) > 1024u*1024u)
        return;
    std::vector<std::shared_ptr<Channel>> named, todo;
    for(auto& pair : context->chanByCID) {
        auto chan = pair.second.lock();
        if(!chan || chan->state!=Channel::Searching || (chan->refusals && !changed))
            continue;
        if(chan->forcedServer.family()==AF_UNSPEC)
            todo.push_back(chan);
        else
            named.push_back(chan);
    }
    size_t at = 0u;
    do { // once without any name at least: the server knows then that we listen
        auto count = uint16_t(std::min(todo.size()-at, size_t(1000u)));
        (void)evbuffer_drain(txBody.get(), evbuffer_get_length(txBody.get()));
        {
            EvOutBuf R(sendBE, txBody.get());
            to_wire(R, search_seq);
            to_wire(R, uint32_t(sendBE ? 0x80000000u : 0x80u)); // unicast
            for(int i=0; i<4; i++)
                to_wire(R, uint32_t(0u));
            to_wire(R, uint16_t(0u));
            to_wire(R, uint8_t(1u));
            to_wire(R, "tcp");
            to_wire(R, count);
            for(auto end = at+count; at < end; at++) {
                to_wire(R, uint32_t(todo[at]->cid));
                to_wire(R, todo[at]->name);
            }
        }
        enqueueTxBody(CMD_SEARCH);
    } while(at < todo.size());
    listening = true;
    for(auto& chan : named)
        if(chan->state==Channel::Searching && chan->forcedServer==peerAddr)
            chan->connectTo(chan, chan->forcedServer, false);
}

void Connection::hurry()
{
    timeval immediate{0, 0};
    if(state==Holdoff && event_add(echoTimer.get(), &immediate))
        log_err_printf(io, "Server %s error ending holdoff\n", peerName.c_str());
}

void ContextImpl::onSearchS(]==]
[==[    auto idx = currentBucket;
    if(kind == SearchKind::check)
]==]
[==[    auto idx = currentBucket;
    ticks++;
    const size_t here = kind==SearchKind::initial ? nBuckets : idx;
    if(kind == SearchKind::check)
]==]
[==[            if(!chan || chan->state!=Channel::Searching) {
                bucket.pop_front();
                continue;
            }
]==]
[==[            if(!chan || chan->state!=Channel::Searching || chan->bucket!=here || chan->tick==ticks) {
                bucket.pop_front();
                continue;
            }
            if(chan->forcedServer.family()!=AF_UNSPEC) {
                bucket.pop_front();
                chan->searched = epicsMonotonicGet();
                try {
                    chan->connectTo(chan, chan->forcedServer, false);
                } catch(std::exception& e) { // out of descriptors
                    chan->why = e.what();
                    search(chan, 2u);
                }
                continue;
            }
]==]
[==[            auto& nextBucket = searchBuckets[next];
]==]
[==[            chan->bucket = next;
            chan->tick = ticks;
            chan->searched = epicsMonotonicGet();
            if(chan->unanswered++ >= 2u)
                chan->trouble = Channel::None;

            auto& nextBucket = searchBuckets[next];
]==]
[==[void ContextImpl::onNSCheck()
{
    for(auto& ns : nameServers) {
        if(ns.second && ns.second->state != ConnBase::Disconnected) // hold-off, connecting, or connected
            continue;

        ns.second = Connection::build(shared_from_this(), ns.first);
        ns.second->nameserver = true;
        log_debug_printf(io, "Reconnecting nameserver %s\n", ns.second->peerName.c_str());
    }
}
]==]
[==[// ns until the next try: within a second, then growing to ten seconds, at random, so that the clients of a server that
// starts do not come at once.
static
epicsUInt64 nsDelay(unsigned failures)
{
    static thread_local std::minstd_rand random{unsigned(epicsMonotonicGet()) ^ unsigned(size_t(&failures)>>4u)};
    double share = std::uniform_real_distribution<double>(0.0, 1.0)(random);
    double seconds = failures==0u ? 0.1 + 0.9*share
                                  : std::min(10.0, double(1u<<std::min(failures, 5u)))*(0.5 + 0.5*share);
    return epicsUInt64(seconds*1e9);
}

void ContextImpl::onNSLost(Connection* conn)
{
    if(state!=Running)
        return;
    for(size_t i=0u; i<nameServers.size(); i++) {
        if(nameServers[i].second.get()!=conn)
            continue;
        auto& retry = nsRetries[i];
        retry.due = epicsMonotonicGet() + nsDelay(retry.failures++);
        retry.why = conn->why;
    }
    scheduleNS();
}

void ContextImpl::scheduleNS()
{
    auto now = epicsMonotonicGet();
    epicsUInt64 wait = epicsUInt64(-1);
    for(size_t i=0u; i<nameServers.size(); i++) {
        auto& conn = nameServers[i].second;
        if(conn && (conn->state==ConnBase::Holdoff || conn->connection()))
            continue;
        auto due = nsRetries[i].due;
        wait = std::min(wait, due > now ? due-now : epicsUInt64(0u));
    }
    if(wait==epicsUInt64(-1))
        return;
    timeval delay{decltype(timeval::tv_sec)(wait/1000000000u), decltype(timeval::tv_usec)(wait/1000u%1000000u)};
    if(event_add(nsChecker.get(), &delay))
        log_err_printf(setup, "Error enabling TCP search reconnect timer\n%s", "");
}

void ContextImpl::onNSCheck()
{
    auto now = epicsMonotonicGet();
    for(size_t i=0u; i<nameServers.size(); i++) {
        auto& ns = nameServers[i];
        if(nsRetries[i].due > now || (ns.second && (ns.second->state==ConnBase::Holdoff || ns.second->connection())))
            continue;

        try {
            ns.second = Connection::build(shared_from_this(), ns.first);
        } catch(std::exception& e) {
            nsRetries[i].due = now + nsDelay(nsRetries[i].failures++);
            nsRetries[i].why = e.what();
            continue;
        }
        ns.second->nameserver = true;
        log_debug_printf(io, "Reconnecting nameserver %s\n", ns.second->peerName.c_str());
        if(ns.second->ready) // a channel has brought it back
            ns.second->searchHere(true);
    }
    scheduleNS();
}
]==]
[==[#include <set>
#include <tuple>
]==]
[==[#include <random>
#include <set>
#include <tuple>
]==]
)

patch("${patched}/clientconn.cpp" "${original}/clientconn.cpp"
  # The clients of a server that starts again do not come at once.
[==[        constexpr timeval holdoff{2, 0};
]==]
[==[        timeval holdoff{1, decltype(timeval::tv_usec)(epicsMonotonicGet()/1000u%1000000u)};
]==]
[==[        state = Disconnected;
        constexpr timeval immediate{0, 0};
]==]
[==[        state = Disconnected;
        why = evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR());
        constexpr timeval immediate{0, 0};
]==]
[==[    ConnBase::bevEvent(events);
    // called Connection::cleanup()
]==]
[==[    if(!why.empty()) {
        // known
    } else if(events&BEV_EVENT_ERROR) {
        why = evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR());
    } else if(events&BEV_EVENT_TIMEOUT) {
        why = "no answer";
    } else if(events&BEV_EVENT_EOF) {
        why = "closed by the server";
    }
    ConnBase::bevEvent(events);
    // called Connection::cleanup()
]==]
[==[    context->connByAddr.erase(peerAddr);
]==]
[==[    // Unless there is a new one to this address.
    auto known = context->connByAddr.find(peerAddr);
    if(known!=context->connByAddr.end()) {
        auto current = known->second.lock();
        if(!current || current.get()==this)
            context->connByAddr.erase(known);
    }
    if(nameserver)
        context->onNSLost(this);
]==]
[==[        log_info_printf(io, "(re)connected to nameserver %s\n", peerName.c_str());
        context->poke();
]==]
[==[        log_info_printf(io, "(re)connected to nameserver %s\n", peerName.c_str());
        for(size_t i=0u; i<context->nameServers.size(); i++)
            if(context->nameServers[i].second.get()==this)
                context->nsRetries[i] = ContextImpl::NSRetry();
        searchHere(true);
]==]
[==[            // add to the far future bucket to slow down a re-try loop
            auto laterBucket = context->currentBucket;
            if(laterBucket)
                laterBucket--;
            else
                laterBucket = context->searchBuckets.size()-1u;

            chan->state = Channel::Searching;
            context->searchBuckets[laterBucket].push_back(chan);

        } else {
            // server refused after we bypassed search, so can't use usual retry method.
            // refuse to create a tight retry loop, and drop on the floor for now.
            // retry on reconnect.
            log_err_printf(io, "Server %s refuses direct channel to '%s' : %s\n", peerName.c_str(),
                            chan->name.c_str(), sts.msg.c_str());
            return;
        }
]==]
[==[        } else {
            log_warn_printf(io, "Server %s refuses direct channel to '%s' : %s\n", peerName.c_str(),
                            chan->name.c_str(), sts.msg.c_str());
        }
        chan->refused(chan, sts.msg);
]==]
[==[        chan->state = Channel::Active;
        chan->sid = sid;
]==]
[==[        chan->state = Channel::Active;
        chan->sid = sid;
        chan->trouble = Channel::None;
        chan->last.reset();
        chan->born = epicsMonotonicGet();
        chan->bornRx = chan->statRx;
]==]
[==[        auto conns(chan->connectors); // copy list

        for(auto& conn : conns) {
            if(!conn->_connected.exchange(true, std::memory_order_relaxed) && conn->_onConn)
                conn->_onConn();
        }
]==]
[==[        if(chan->refusals)
            context->doubtful.push_back(chan);
        else
            chan->tell();
]==]
)

# A channel was accepted or refused at once, and a source that has to ask somebody could only accept and close it.
# A server could not tell its clients that it has other names.
patch("${patched}/serverconn.h" "${original}/serverconn.h"
[==[    virtual void _updateInfo(const std::shared_ptr<const ReportInfo>& info) override final;

    const std::weak_ptr<server::Server::Pvt> server;
    const std::weak_ptr<ServerChan> chan;

    INST_COUNTER(ServerChannelControl);
]==]
[==[    virtual void _updateInfo(const std::shared_ptr<const ReportInfo>& info) override final;

    // From onCreate(): the client is answered by answer(), on the worker.
    void hold();
    void answer(bool accept);

    const std::weak_ptr<server::Server::Pvt> server;
    const std::weak_ptr<ServerChan> chan;

    INST_COUNTER(ServerChannelControl);
]==]
[==[    size_t statTx{}, statRx{};
    std::shared_ptr<const ReportInfo> reportInfo;
]==]
[==[    bool held = false; // answered later
    size_t statTx{}, statRx{};
    std::shared_ptr<const ReportInfo> reportInfo;
]==]
[==[    uint32_t nextSID=0x07050301;
]==]
[==[    bool searches = false; // over this connection, so it can be told that there are other names
    void tellChange();

    uint32_t nextSID=0x07050301;
]==]
[==[    evlisten listener;

    ServIface(const SockAddr &addr, server::Server::Pvt *server, bool fallback);
]==]
[==[    evlisten listener;
    // While a connection cannot be accepted, as without a descriptor for it: tries again.
    evevent retry;
    bool deaf = false;

    ServIface(const SockAddr &addr, server::Server::Pvt *server, bool fallback);
    static void onAcceptErrorS(struct evconnlistener *listener, void *raw);
    static void onRetryS(evutil_socket_t fd, short evt, void *raw);
]==]
)
patch("${patched}/serverchan.cpp" "${original}/serverchan.cpp"
[==[void ServerConn::handle_SEARCH()
{
]==]
[==[void ServerChannelControl::hold()
{
    if(auto ch = chan.lock())
        ch->held = true;
}

void ServerChannelControl::answer(bool accept)
{
    auto ch = chan.lock();
    if(!ch || ch->state!=ServerChan::Creating)
        return;
    auto conn = ch->conn.lock();
    if(conn && conn->connection()) {
        Status sts{Status::Ok};
        if(!accept) {
            sts.code = Status::Fatal;
            sts.msg = "Refused to create Channel";
        }
        (void)evbuffer_drain(conn->txBody.get(), evbuffer_get_length(conn->txBody.get()));
        {
            EvOutBuf R(conn->sendBE, conn->txBody.get());
            to_wire(R, ch->cid);
            to_wire(R, accept ? ch->sid : uint32_t(-1));
            to_wire(R, sts);
        }
        conn->enqueueTxBody(CMD_CREATE_CHANNEL);
    }
    if(accept) {
        ch->state = ServerChan::Active;
    } else {
        if(conn)
            conn->chanBySID.erase(ch->sid);
        ch->cleanup();
    }
}

void ServerConn::tellChange()
{
    if(!searches || !connection() || evbuffer_get_length(bufferevent_get_output(connection())) > 64u*1024u)
        return;
    (void)evbuffer_drain(txBody.get(), evbuffer_get_length(txBody.get()));
    {
        EvOutBuf R(sendBE, txBody.get());
        _to_wire<12>(R, iface->server->effective.guid.data(), false, __FILE__, __LINE__);
        to_wire(R, uint32_t(0x6e657773u));
        to_wire(R, SockAddr::any(AF_INET));
        to_wire(R, iface->bind_addr.port());
        to_wire(R, "tcp");
        to_wire(R, uint8_t(0u));
        to_wire(R, uint16_t(0u));
    }
    enqueueTxBody(CMD_SEARCH_RESPONSE);
}

void ServerConn::handle_SEARCH()
{
    searches = true;
]==]
[==[                chanBySID[sid] = chan;
                chan->state = ServerChan::Active;
]==]
[==[                chanBySID[sid] = chan;
                if(chan->held)
                    continue;
                chan->state = ServerChan::Active;
]==]
)
