"""Speaks both versions of a bridge, and prints what it heard as one JSON object.

client.py URL [TOKEN]    URL: ws://HOST:PORT/pvws/pv. The PV "n" is a number that may be written.
"""

import asyncio
import json
import ssl
import struct
import sys

import websockets

URL = sys.argv[1]
HEADERS = {"Authorization": f"Bearer {sys.argv[2]}"} if len(sys.argv) > 2 else {}


def connect(url):
    context = None
    if url.startswith("wss:"):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return websockets.connect(url, ssl=context, additional_headers=HEADERS)


async def hear(socket, fits):
    while True:
        message = await socket.recv()
        if isinstance(message, str):
            message = json.loads(message)
        if fits(message):
            return message


def of(kind):
    return lambda message: isinstance(message, dict) and message["type"] == kind


async def version1():
    async with connect(URL) as socket:
        await socket.send(json.dumps({"type": "subscribe", "pvs": ["n"]}))
        first = await hear(socket, of("update"))
        await socket.send(json.dumps({"type": "write", "pv": "n", "value": "2.5"}))
        written = await hear(socket, lambda m: m["type"] == "update" and m["value"] == 2.5)
        await socket.send(json.dumps({"type": "write", "pv": "n", "value": "nonsense"}))
        error = await hear(socket, of("error"))
        await socket.send(json.dumps({"type": "echo", "text": "\u00e4"}))
        echo = await hear(socket, of("echo"))
        return {"first": first, "written": written, "error": error, "echo": echo}


def records(frame):
    at = 0
    while at < len(frame):
        length, kind, flags, merged, identity, number = struct.unpack_from("<IBBHII", frame, at)
        yield kind, flags, merged, identity, number, frame[at + 16 : at + length]
        at += length


async def version2():
    async with connect(URL + "?v=2") as socket:
        hello = await hear(socket, of("hello"))
        await socket.send(json.dumps({"type": "subscribe", "id": 1, "pv": "n"}))
        state = await hear(socket, of("state"))
        frame = await hear(socket, lambda m: isinstance(m, bytes))
        binary = []
        for kind, flags, merged, identity, number, content in records(frame):
            record = {"kind": kind, "flags": flags, "merged": merged, "id": identity, "type": number}
            # A complete value: one byte of bits, the structure's own. The first field of NTScalar is its value.
            if kind == 2:
                record["bits"] = content[:2].hex()
                record["value"] = struct.unpack_from("<d", content, 2)[0]
            binary.append(record)
        await socket.send(json.dumps({"type": "put", "id": 2, "pv": "n", "value": 4}))
        put = await hear(socket, of("reply"))
        await socket.send(json.dumps({"type": "get", "id": 3, "pv": "n"}))
        get = await hear(socket, of("reply"))
        return {"hello": hello, "state": state, "records": binary, "put": put, "get": get}


async def main():
    print(json.dumps({"v1": await version1(), "v2": await version2()}))


asyncio.run(main())
