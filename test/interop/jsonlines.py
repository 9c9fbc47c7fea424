"""A program driven over stdin and stdout: one JSON object a line.

In:  {"id": 1, "op": "get", ...}
Out: {"id": 1, "ok": ...} or {"id": 1, "error": "text", "kind": "TimeoutError"}, and events {"event": "update", ...}

Each request runs on a thread of its own, so that a slow one does not stop the others.
The program ends when stdin does.
"""

import json
import sys
import threading

_out = threading.Lock()


def send(message):
    line = json.dumps(message, allow_nan=False)
    with _out:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def _answer(handlers, request):
    ident, op = request.pop("id"), request.pop("op")
    try:
        send({"id": ident, "ok": handlers[op](**request)})
    except Exception as e:
        send({"id": ident, "error": str(e), "kind": type(e).__name__})


def serve(handlers):
    send({"event": "ready"})
    for line in sys.stdin:
        if line.strip():
            threading.Thread(target=_answer, args=(handlers, json.loads(line)), daemon=True).start()
