# Faults of PVXS 1.5.3 that can only be met in its own source. Each is mended in a copy in the build folder; a text
# that is no longer there stops the configuration, so that a new PVXS is looked at. Each has a test that fails without,
# which docs/reliability.md names.

# patch(<copy> <original> [<text> <replacement>]...): to be written by write_patched(), so that a file may be patched twice
function(patch copy original)
  get_property(text GLOBAL PROPERTY "patched ${copy}")
  if(NOT text)
    file(READ "${original}" text)
    set_property(GLOBAL APPEND PROPERTY patched "${copy}")
  endif()
  set(i 2)
  while(i LESS ARGC)
    math(EXPR next "${i} + 1")
    set(from "${ARGV${i}}")
    set(to "${ARGV${next}}")
    string(FIND "${text}" "${from}" at)
    if(at EQUAL -1)
      message(FATAL_ERROR "${original} has changed: a fault mended here is gone or looks different:\n${from}")
    endif()
    string(REPLACE "${from}" "${to}" text "${text}")
    math(EXPR i "${i} + 2")
  endwhile()
  set_property(GLOBAL PROPERTY "patched ${copy}" "${text}")
endfunction()

function(write_patched)
  get_property(copies GLOBAL PROPERTY patched)
  foreach(copy IN LISTS copies)
    get_property(text GLOBAL PROPERTY "patched ${copy}")
    set(old)
    if(EXISTS "${copy}")
      file(READ "${copy}" old)
    endif()
    if(NOT old STREQUAL text) # an unchanged file keeps its time, else everything is built again
      file(WRITE "${copy}" "${text}")
    endif()
  endforeach()
endfunction()

# An element of a union array that came from the network holds the selected member, one that was made here holds the
# union. The encoder knew only the second kind and left out the selector of the first.
# Sizes of arrays whose elements are objects are believed before anything is allocated: four bytes from the network
# made gigabytes. An element takes a byte at least.
# Types likewise; and one that refers to others of the connection's cache, which refer to others, doubled with every few
# bytes. It may have 65,536 fields, and all in a cache four times as many. And a value of empty structures takes memory
# for each of them, but no byte: of such a type an array of a few bytes took gigabytes.
# Each any that names a type of the cache had a copy of it: those of one message now share one.
# Two members of one name count as one field: the value had less room than the type has fields, and decoding it threw.
patch("${pvxs_gen}/patched/dataencode.cpp" "${PVXSLIBS_DIR}/src/dataencode.cpp"
  "void from_wire(Buffer& buf, std::vector<FieldDesc>& descs, TypeStore& cache, unsigned depth)
{
"
  "static constexpr size_t maxNodes = 0x10000u;
static thread_local size_t nodes; // of the type being read
// A field may stand in as many structures as may nest.
template<typename It>
static bool mostlyEmpty(It begin, It end)
{
    size_t all = end-begin, leaves = 0u;
    for(auto it = begin; it!=end; ++it)
        leaves += it->code!=TypeCode::Struct;
    return all > (leaves+1u)*maxNestingDepth;
}
template<typename It>
static size_t nodesIn(It it, It end)
{
    size_t nodes = 0u;
    for(; it!=end; ++it)
        nodes += 1u + nodesIn(it->members.begin(), it->members.end());
    return nodes;
}

void from_wire(Buffer& buf, std::vector<FieldDesc>& descs, TypeStore& cache, unsigned depth)
{
    nodes = depth ? nodes+1u : 1u;
    if(nodes > maxNodes) {
        buf.fault(__FILE__, __LINE__);
        return;
    }
"
  "            cache.emplace(std::piecewise_construct,
"
  "            size_t held = nodesIn(descs.begin()+index, descs.end());
            for(auto& entry : cache)
                held += nodesIn(entry.second.begin(), entry.second.end());
            if(held > 4u*maxNodes) {
                buf.fault(__FILE__, __LINE__);
                return;
            }
            cache.emplace(std::piecewise_construct,
"
  "        }
            break;
        default:
            // not handling fixed/bounded"
  "            auto known = descs[index].mlookup.size();
            if(code.code==TypeCode::Struct
                    ? known+1u!=descs.size()-index || mostlyEmpty(descs.begin()+index, descs.end())
                    : known!=nfld.size)
                buf.fault(__FILE__, __LINE__);
        }
            break;
        default:
            // not handling fixed/bounded"
  "            // copy from cache
"
  "            nodes += nodesIn(it->second.begin(), it->second.end());
            if(nodes > maxNodes) {
                buf.fault(__FILE__, __LINE__);
                return;
            }
            // copy from cache
"
  "                fld.miter.reserve(nfld.size);
"
  "                if(!buf.ensure(nfld.size)) {
                    buf.fault(__FILE__, __LINE__);
                    return;
                }
                fld.miter.reserve(nfld.size);
"
  "static
void from_wire_field(Buffer& buf, TypeStore& ctxt,  const FieldDesc* desc, const std::shared_ptr<FieldStorage>& store, unsigned depth)
{
"
  "// Copies of types of the cache, as long as one message is decoded.
struct AnyTypes {
    std::map<const void*, std::shared_ptr<std::vector<FieldDesc>>> known;
    const bool outermost;
    static AnyTypes*& current() {
        static thread_local AnyTypes* scope;
        return scope;
    }
    AnyTypes() :outermost(!current()) { if(outermost) current() = this; }
    ~AnyTypes() { if(outermost) current() = nullptr; }
};
static std::shared_ptr<std::vector<FieldDesc>> typeOfAny(Buffer& buf, TypeStore& cache, unsigned depth)
{
    auto scope = AnyTypes::current();
    auto cached = cache.end();
    if(scope && buf.ensure(3) && buf[0]==0xfe)
        cached = cache.find(uint16_t(buf.be ? buf[1]<<8 | buf[2] : buf[2]<<8 | buf[1]));
    if(cached!=cache.end()) {
        auto it = scope->known.find(&cached->second);
        if(it!=scope->known.end()) {
            buf._skip(3);
            return it->second;
        }
    }
    auto descs(std::make_shared<std::vector<FieldDesc>>());
    nodes = 0u; // a value may have any number of types
    from_wire(buf, *descs, cache, depth);
    if(buf.good() && cached!=cache.end())
        scope->known.emplace(&cached->second, descs);
    return descs;
}

static
void from_wire_field(Buffer& buf, TypeStore& ctxt,  const FieldDesc* desc, const std::shared_ptr<FieldStorage>& store, unsigned depth)
{
"
  "            auto descs(std::make_shared<std::vector<FieldDesc>>());

            from_wire(buf, *descs, ctxt, depth+1);"
  "            auto descs(typeOfAny(buf, ctxt, depth+1));"
  "                    auto descs(std::make_shared<std::vector<FieldDesc>>());

                    from_wire(buf, *descs, ctxt, depth+1);"
  "                    auto descs(typeOfAny(buf, ctxt, depth+1));"
  "void from_wire_full(Buffer& buf, TypeStore& ctxt, Value& val, unsigned depth)
{
"
  "void from_wire_full(Buffer& buf, TypeStore& ctxt, Value& val, unsigned depth)
{
    AnyTypes scope;
"
  "void from_wire_valid(Buffer& buf, TypeStore& ctxt, Value& val)
{
"
  "void from_wire_valid(Buffer& buf, TypeStore& ctxt, Value& val)
{
    AnyTypes scope;
"
  "to_wire(buf, uint8_t(1u));\n\n                    to_wire_full(buf, elem);"
  "to_wire(buf, uint8_t(1u));
                    auto chosen = Value::Helper::desc(elem);
                    auto element = &desc->members[0];
                    ev_ssize_t select = 0;
                    for(auto& choice : element->miter) {
                        if(chosen==&element->members[choice.second])
                            break;
                        select++;
                    }
                    if(select < ev_ssize_t(element->miter.size()))
                        to_wire(buf, Selector{select});
                    else if(chosen->code!=TypeCode::Union)
                        throw std::logic_error(\"Union[] contains non-member type\");
                    to_wire_full(buf, elem);"
  "shared_array<Value> arr(alen.size);"
  "if(!buf.ensure(alen.size)) {
                buf.fault(__FILE__, __LINE__);
                return;
            }
            shared_array<Value> arr(alen.size);")
# The code of a status may be any byte, which an enum of four values may not hold before it is checked.
patch("${pvxs_gen}/patched/pvaproto.h" "${PVXSLIBS_DIR}/src/pvaproto.h"
  "    enum type_t {
        Ok  =0,"
  "    enum type_t : uint8_t {
        Ok  =0,"
  "sts.code < 0 || sts.code > Status::Fatal"
  "sts.code > Status::Fatal"
  "shared_array<E> arr(slen.size);"
  "if(!std::is_pod<C>::value && !buf.ensure(slen.size)) {
        buf.fault(__FILE__, __LINE__);
        return;
    }
    shared_array<E> arr(slen.size);")

# A pipelined subscriber that had used up its window is given more with its acknowledgement, yet what waits for it was
# not sent before the next post: the last updates of a burst never came.
patch("${pvxs_gen}/patched/servermon.cpp" "${PVXSLIBS_DIR}/src/servermon.cpp"
  "op->window += nack;"
  "op->window += nack;
            MonitorOp::maybeReply(iface->server, op);"
  # Whether a subscription runs is asked under its lock by whoever posts, and was said without by its worker.
  "bool scheduled=false;"
  "bool scheduled=false;
    bool running=false;"
  "            if(state == Executing) {
                if(onStart)"
  "            {
                Guard G(lock);
                running = false;
            }
            if(state == Executing) {
                if(onStart)"
  "!op->scheduled && op->state==Executing && !op->queue.empty()"
  "!op->scheduled && op->running && !op->queue.empty()"
  "                             op->state,
                             op->queue.size(),"
  "                             unsigned(op->running),
                             op->queue.size(),"
  "stat.running = mon->state==MonitorOp::Executing;"
  "stat.running = mon->running;"
  "                op->state = start ? ServerOp::Executing : ServerOp::Idle;"
  "                op->state = start ? ServerOp::Executing : ServerOp::Idle;
                op->running = start;")

# The names of accounts and groups come from functions of the C library that keep their answer in one place for the whole
# process: with two contexts made at once, or two look-ups of roles, one reads what the other writes, and with musl what
# it has freed.
patch("${pvxs_gen}/patched/client.cpp" "${PVXSLIBS_DIR}/src/client.cpp"
  "#include <osiProcess.h>
"
  "#include <osiProcess.h>
#ifndef _WIN32
#include <cerrno>
#include <cstring>
#include <pwd.h>
#include <unistd.h>
#endif
"
  "static
Value buildCAMethod()
"
  "static
bool userName(std::vector<char>& name)
{
#ifdef _WIN32
    return osiGetUserName(&name[0], name.size()) == osiGetUserNameSuccess;
#else
    passwd entry, *user = nullptr;
    std::vector<char> text(1024u);
    while(getpwuid_r(getuid(), &entry, &text[0], text.size(), &user)==ERANGE)
        text.resize(2u*text.size());
    if(!user || strlen(user->pw_name)==0u || strlen(user->pw_name) >= name.size())
        return false;
    strcpy(&name[0], user->pw_name);
    return true;
#endif
}

static
Value buildCAMethod()
"
  "osiGetUserName(&buffer[0], buffer.size()) == osiGetUserNameSuccess"
  "userName(buffer)")
patch("${pvxs_gen}/patched/osgroups.cpp" "${PVXSLIBS_DIR}/src/osgroups.cpp"
  "    passwd *user = getpwnam(account.c_str());
"
  "    passwd entry, *user = nullptr;
    std::vector<char> text(1024u);
    while(getpwnam_r(account.c_str(), &entry, &text[0], text.size(), &user)==ERANGE)
        text.resize(2u*text.size());
"
  "        if(group* gr = getgrgid(gid))
            roles.insert(gr->gr_name);
"
  "        group found, *gr = nullptr;
        while(getgrgid_r(gid, &found, &text[0], text.size(), &gr)==ERANGE)
            text.resize(2u*text.size());
        if(gr)
            roles.insert(gr->gr_name);
")

# Assigning a union, which clone(), post() and a full queue do, looked for the first member of an equal type: of two such
# members it took the wrong one. And it left a union as it was, or threw, where the other had nothing selected.
# What a union selects, or a field that is cloned by itself, may be an array of structures, a union or an any: assign() took
# the array for one structure and threw, looked for the union among its own members, and put the any into another any.
patch("${pvxs_gen}/patched/data.cpp" "${PVXSLIBS_DIR}/src/data.cpp"
  "                for(auto i : range(desc->miter.size())) {
                    auto idx(desc->miter[i].second);

                    if(!_equal(src.desc, &desc->members[idx]))
                        continue;"
  "                if(!src) {
                    val = Value();
                    break;
                }
                bool own = false;
                for(auto& member : desc->members)
                    own = own || src.desc==&member;
                for(auto i : range(desc->miter.size())) {
                    auto idx(desc->miter[i].second);

                    if(own ? src.desc!=&desc->members[idx] : !_equal(src.desc, &desc->members[idx]))
                        continue;"
  "if(type().kind()==Kind::Compound) {"
  "if(type().kind()==Kind::Compound && !type().isarray() && (type()==TypeCode::Struct || !equalType(o))) {")

# An operation that is cancelled before its INIT was answered told the server nothing: the server kept it, and cloned each
# post for it, until the channel closed.
patch("${pvxs_gen}/patched/clientmon.cpp" "${PVXSLIBS_DIR}/src/clientmon.cpp"
  "if(state==Idle || state==Running) {"
  "if(state==Creating || state==Idle || state==Running) {"
  # ... and a server that named the null type for a monitor crashed the client with the first update.
  "        from_wire_type(M, rxRegistry, data);
"
  "    {
        from_wire_type(M, rxRegistry, data);
        if(!data)
            M.fault(__FILE__, __LINE__);
    }
"
  # ... and one that sends more than a pipeline's window was believed, however much it was. What a reconnect adds to a
  # queue that nobody empties is within four times its size.
  "mon->queue.back().val && !mon->pipeline)"
  "mon->queue.back().val
                    && (!mon->pipeline || mon->queue.size() >= 4u*mon->queueSize))"
  # ... and an update for which there is no memory ended the connection, which came back for the same again. Here and with
  # GETs and RPCs below, it fails whoever asked for it.
  "    bool servSquash = false;
"
  "    bool servSquash = false;
    std::exception_ptr shortage;
"
  "            from_wire_valid(M, rxRegistry, data);

            cache_sync(info->prototype, data);
"
  "            try {
                from_wire_valid(M, rxRegistry, data);

                cache_sync(info->prototype, data);
            } catch(std::bad_alloc&) {
                shortage = std::current_exception();
                rxRegistryDirty = true;
                data = Value();
            }
"
  "            BitMask overrun;
            from_wire(M, overrun);
"
  "            BitMask overrun;
            if(!shortage)
                from_wire(M, overrun);
"
  "    if(!sts.isSuccess()) {
        update.exc ="
  "    if(shortage) {
        update.exc = shortage;
        mon->state = SubscriptionImpl::Done;

    } else if(!sts.isSuccess()) {
        update.exc =")
# And an RPC cannot stay open and be executed again, as a GET and a PUT can: all is there for it but the door.
patch("${pvxs_gen}/patched/clientget.cpp" "${PVXSLIBS_DIR}/src/clientget.cpp"
  "if(state==Idle || state==GetOPut || state==Exec) {"
  "if(state==Creating || state==Idle || state==GetOPut || state==Exec) {"
  "        if(op!=Put) {
            throw"
  "        if(op!=Put && op!=RPC) {
            throw"
  "    Value data; // hold prototype (INIT) or reply data (GET)
"
  "    Value data; // hold prototype (INIT) or reply data (GET)
    std::exception_ptr shortage;
"
  "        from_wire_type(M, rxRegistry, data);
        if(data)
            from_wire_full(M, rxRegistry, data);
"
  "        try {
            from_wire_type(M, rxRegistry, data);
            if(data)
                from_wire_full(M, rxRegistry, data);
        } catch(std::bad_alloc&) {
            shortage = std::current_exception();
        }
"
  "            data = info->prototype.cloneEmpty();
            if(data) {
                from_wire_valid(M, rxRegistry, data);
                cache_sync(info->prototype, data);
            }
"
  "            try {
                data = info->prototype.cloneEmpty();
                if(data) {
                    from_wire_valid(M, rxRegistry, data);
                    cache_sync(info->prototype, data);
                }
            } catch(std::bad_alloc&) {
                shortage = std::current_exception();
            }
"
  "    if(!sts.isSuccess()) {
        gpr->result = Result(std::make_exception_ptr(RemoteError(sts.msg)));
"
  "    if(shortage)
        rxRegistryDirty = true;

    if(shortage || !sts.isSuccess()) {
        gpr->result = Result(shortage ? shortage : std::make_exception_ptr(RemoteError(sts.msg)));
"
  "} else if(!arg) {"
  "} else if(op==Put && !arg) {"
  "    if(!_autoexec)
        throw std::logic_error(\"autoExec(false) not possible for rpc()\");
"
  ""
  "    op->setDone(std::move(_result), nullptr);"
  "    std::function<void (const Value&)> initcb;
    if(!_autoexec) {
        auto cb(_result);
        initcb = [cb](const Value&) { cb(Result(Value(), std::string())); };
    }
    op->setDone(std::move(_result), std::move(initcb));")

# Discoveries are added and removed on the TCP worker, and told of beacons on the UDP worker, which walked a list that was
# changing, and could be left with the last of one, to end the process for being the wrong thread to free it on. The lock
# that beacons are handled under holds for both now.
patch("${pvxs_gen}/patched/clientdiscover.cpp" "${PVXSLIBS_DIR}/src/clientdiscover.cpp"
  "        context->discoverers.erase(this);
"
  "        epicsGuard<epicsMutex> G(context->pokeLock);
        context->discoverers.erase(this);
"
  "                           op->context->discoverers.erase(op.get());
"
  "                           epicsGuard<epicsMutex> G(op->context->pokeLock);
                           op->context->discoverers.erase(op.get());
"
  "        bool first = context->discoverers.empty();

        context->discoverers[op.get()] = op;
"
  "        epicsGuard<epicsMutex> G(context->pokeLock);
        bool first = context->discoverers.empty();

        context->discoverers[op.get()] = op;
")

# The size of a bit mask, too, is believed before anything is allocated.
patch("${pvxs_gen}/patched/bitmask.cpp" "${PVXSLIBS_DIR}/src/bitmask.cpp"
  "if(!buf.good() || nbytes.size > size_t(-1)/8u)
        return;"
  "if(!buf.good() || nbytes.size > size_t(-1)/8u || !buf.ensure(nbytes.size)) {
        buf.fault(__FILE__, __LINE__);
        return;
    }")

# Loopback has no broadcast address and is listed as its own: a server bound to it listened there twice, and answered each
# search twice.
patch("${pvxs_gen}/patched/server.cpp" "${PVXSLIBS_DIR}/src/server.cpp"
  "                bcast.setPort(addr.addr.port());
"
  "                bcast.setPort(addr.addr.port());
                if(bcast==addr.addr)
                    continue;
")

# The interfaces of the host are looked up anew every 15 s, but searches and beacons were judged by those of the start: what
# came over an interface that was not there then was ignored for ever.
patch("${pvxs_gen}/patched/udp_collector.cpp" "${PVXSLIBS_DIR}/src/udp_collector.cpp"
  "auto ifmap(self->manager->ifmap.current);"
  "auto ifmap(IfaceMap::instance().current);"
  # A port that the system chooses may be one that others share, when the socket says before that it shares: two isolated
  # servers answered each other's clients.
  "    epicsSocketEnableAddressUseForDatagramFanout(sock.sock);
"
  "    if(requested_port==0u)
        sock.bind(bind_addr);
    epicsSocketEnableAddressUseForDatagramFanout(sock.sock);
"
  "    sock.bind(bind_addr);
    name ="
  "    if(requested_port!=0u)
        sock.bind(bind_addr);
    name =")

# Four connections may wait to be accepted: of more that come at once, as after a restart, each is dropped unseen, and the
# kernels try again after 1, 3 and 7 s.
patch("${pvxs_gen}/patched/serverconn.cpp" "${PVXSLIBS_DIR}/src/serverconn.cpp"
  "const int backlog = 4;"
  "const int backlog = -1;" # libevent's default, 128
  # What waits for a client that does not read is held until it is twice the socket's buffer, which is a hundred kilobytes
  # on a network, and megabytes over loopback, where a hundred of them took a gigabyte.
  "tcp_tx_limit(evsocket::get_buffer_size(sock, true) * tcp_tx_limit_mult)"
  "tcp_tx_limit(std::min(evsocket::get_buffer_size(sock, true) * tcp_tx_limit_mult, size_t(1u)<<20u))"
  # A connection that could not be accepted was tried again at once for ever, with a line in the log each time.
  "            listener = evlisten(__FILE__, __LINE__, list);
"
  "            listener = evlisten(__FILE__, __LINE__, list);
            evconnlistener_set_error_cb(list, onAcceptErrorS);
            retry = evevent(__FILE__, __LINE__,
                            event_new(server->acceptor_loop.base, -1, EV_TIMEOUT, onRetryS, this));
"
  "void ServIface::onConnS("
  "void ServIface::onAcceptErrorS(struct evconnlistener *listener, void *raw)
{
    auto self = static_cast<ServIface*>(raw);
    if(!self->deaf)
        log_err_printf(connsetup, \"Interface %s cannot accept connections, and tries again each second : %s\\n\",
                       self->name.c_str(), evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()));
    self->deaf = true;
    timeval second = {1,0};
    if(evconnlistener_disable(listener) || event_add(self->retry.get(), &second))
        log_err_printf(connsetup, \"Interface %s cannot wait\\n\", self->name.c_str());
}

void ServIface::onRetryS(evutil_socket_t, short, void *raw)
{
    auto self = static_cast<ServIface*>(raw);
    if(self->server->state==server::Server::Pvt::Running && evconnlistener_enable(self->listener.get()))
        log_err_printf(connsetup, \"Error enabling listener on %s\\n\", self->name.c_str());
}

void ServIface::onConnS("
  "    auto self = static_cast<ServIface*>(raw);
    try {
        auto conn(std::make_shared<ServerConn>"
  "    auto self = static_cast<ServIface*>(raw);
    if(self->deaf)
        log_warn_printf(connsetup, \"Interface %s accepts connections again\\n\", self->name.c_str());
    self->deaf = false;
    try {
        auto conn(std::make_shared<ServerConn>")

# A peer that ends with something unread resets the connection, which is no more of an error than the end of one that had
# read everything.
patch("${pvxs_gen}/patched/conn.cpp" "${PVXSLIBS_DIR}/src/conn.cpp"
  "            log_err_printf(connio, \"connection to %s %s closed with socket error %d : %s\\n\", peerLabel(), peerName.c_str(), err, msg);
"
  "            if(err==SOCK_ECONNRESET || err==SOCK_ECONNABORTED || err==SOCK_EPIPE)
                log_info_printf(connio, \"connection to %s %s reset : %s\\n\", peerLabel(), peerName.c_str(), msg);
            else
                log_err_printf(connio, \"connection to %s %s closed with socket error %d : %s\\n\", peerLabel(), peerName.c_str(), err, msg);
")

# The watch over the host's interfaces was begun once: without a thread to give, the system ended the process, for the
# failure had to pass a function that promises not to throw. Now it fails whoever asks for it, and is tried again by the
# next.
patch("${pvxs_gen}/patched/evhelper.cpp" "${PVXSLIBS_DIR}/src/evhelper.cpp"
  "static
void mapInit()
{
    ifmapper = new IfMapDaemon();
}
"
  "static epicsMutex* ifmapperLock;

static
void mapInit()
{
    ifmapperLock = new epicsMutex; // leaked
}
"
  "    threadOnce<&mapInit>();
    assert(ifmapper);
"
  "    threadOnce<&mapInit>();
    {
        Guard G(*ifmapperLock);
        if(!ifmapper)
            ifmapper = new IfMapDaemon();
    }
"
  # ... and what libevent could not make is said as what the system said.
  "throw std::runtime_error(\"event_base_new() fails\");"
  "throw std::bad_alloc();")
