"""pvaPy (EPICS pvAccessCPP) as a server, driven by tests: see jsonlines.py. Configured by EPICS_PVAS_* in its environment."""

import threading

import pvaccess as pva

import jsonlines
import pvajson

server = pva.PvaServer()
records = {}
servers = []


def open(pv, spec, value):
    v = pvajson.build(spec, value)
    records[pv] = (v, spec)

    def written(new):
        jsonlines.send({"event": "put", "pv": pv, **pvajson.seen(new)})

    server.addRecord(pv, v, written)


def post(pv, value):
    _, spec = records[pv]
    server.update(pv, pvajson.build(spec, value))


def rpc(echo, refuse):
    """Serves RPC: names that answer with what they got, and names that refuse."""

    def answer(request):
        jsonlines.send({"event": "rpc", **pvajson.seen(request)})
        return request

    def no(request):
        raise pva.PvaException("pvaPy says no")

    rpcs = pva.RpcServer()
    for pv in echo:
        rpcs.registerService(pv, answer)
    for pv in refuse:
        rpcs.registerService(pv, no)
    # listen() blocks as long as it serves; the start itself does not.
    threading.Thread(target=rpcs.listen, daemon=True).start()
    servers.append(rpcs)


server.start()
jsonlines.serve({"open": open, "post": post, "rpc": rpc})
