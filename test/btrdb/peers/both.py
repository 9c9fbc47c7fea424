"""The other side of both.test.ts: both.py ENDPOINT write|read. Prints JSON."""

import json
import struct
import sys
import uuid

import btrdb
import pyarrow as pa

UUID = uuid.UUID("5d1f0c4e-0000-4000-8000-000000000001")
ARROW = uuid.UUID("5d1f0c4e-0000-4000-8000-000000000002")
ANNOTATIONS = {"number": 5, "list": [1, "x", None], "object": {"a": {"b": 1.5}}, "text": "plain", "flag": True}


def odd():
    """Values that are easily lost, and many more than one page holds."""
    special = [-0.0, 5e-324, -1.7976931348623157e308, 0.1, 0.0, 1 / 3]
    return [(i * 1_000_000_001 - 7_000_000_000, special[i % 6] if i % 2 else i / 7) for i in range(12_345)]


def bits(v):
    return struct.pack(">d", v).hex()


def write(db):
    s = db.create(UUID, "peers/python", {"name": "proto", "unit": "mm²"}, {})
    s.insert(odd() + [(5, 1.0), (5, 2.0), (5, 1.0)])
    s.update(annotations=ANNOTATIONS)
    a = db.create(ARROW, "peers/python", {"name": "arrow"})
    times, values = zip(*odd())
    a.arrow_insert(pa.table({"time": pa.array(times, pa.timestamp("ns", tz="UTC")), "value": list(values)}))
    return {"points": [[str(t), bits(v)] for t, v in odd()], "annotations": ANNOTATIONS}


def read(db):
    said = {}
    for s in db.streams_in_collection("peers/node", is_collection_prefix=True):
        window = s.aligned_windows(-8_000_000_000, 8_000_000_000, 30)
        said[s.name] = {
            "collection": s.collection,
            "uuid": str(s.uuid),
            "tags": s.tags(),
            # A lookup gives what is stored; asked for by itself, a stream reads its JSON.
            "annotations": db.stream_from_uuid(s.uuid).annotations()[0],
            "points": [[str(p.time), bits(p.value)] for p, _ in s.values(-(16 << 56), (48 << 56) - 1)],
            "arrow": [[str(t), bits(v)] for t, v in zip(
                s.arrow_values(-(16 << 56), (48 << 56) - 1).column("time").cast(pa.int64()).to_pylist(),
                s.arrow_values(-(16 << 56), (48 << 56) - 1).column("value").to_pylist())],
            "windows": [[str(w.time), bits(w.mean), w.count] for w, _ in window],
            "count": s.count(),
        }
    return said


db = btrdb.connect(sys.argv[1])
print(json.dumps({"write": write, "read": read}[sys.argv[2]](db)))
