"""Every call of the vendor's client against a server: client.py ENDPOINT [KEY]. Prints a JSON object: what each check
said, by its name; '' where all was as it should be."""

import json
import sys
import traceback
import uuid

import btrdb
import numpy as np
import pandas as pd
import pyarrow as pa
from btrdb import exceptions
from btrdb.stream import StreamSet
from btrdb.utils.general import pointwidth

checks = {}


def check(f):
    checks[f.__name__] = f
    return f


def fails(kind, code, *args, **kwargs):
    try:
        code(*args, **kwargs)
    except kind as e:
        assert type(e) is kind, f"{type(e)} instead of {kind}"
        return str(e)
    raise AssertionError(f"{kind.__name__} was not raised")


def stream(db, collection="peers", **tags):
    return db.create(uuid.uuid4(), collection, {"name": uuid.uuid4().hex, **tags})


def pairs(values):
    return [(p.time, p.value) for p, _ in values]


@check
def info(db):
    told = db.info()
    assert (told["majorVersion"], told["minorVersion"]) == (5, 34), told
    assert told["build"] and told["proxy"]["proxyEndpoints"] == ["10.0.0.1:4410"], told
    assert db._ARROW_ENABLED
    mash = db.ep.info().mash
    assert mash.healthy


@check
def create_and_metadata(db):
    uu = uuid.uuid4()
    s = db.create(uu, "peers/meta", {"name": "a", "unit": "V"}, {"k": "v", "n": "5"})
    assert s.exists() and not db.stream_from_uuid(uuid.uuid4()).exists()
    fresh = db.stream_from_uuid(uu)
    assert fresh.collection == "peers/meta" and fresh.name == "a" and fresh.unit == "V"
    assert fresh.tags() == {"name": "a", "unit": "V"}
    assert fresh.annotations() == ({"k": "v", "n": 5}, 1)
    fails(exceptions.StreamExists, db.create, uu, "peers/meta", {"name": "b"})
    fails(exceptions.AmbiguousStream, db.create, uuid.uuid4(), "peers/meta", {"name": "a", "unit": "V"})
    fails(exceptions.InvalidCollection, db.create, uuid.uuid4(), "c" * 256, {"name": "b"})
    fails(exceptions.InvalidCollection, db.create, uuid.uuid4(), "", {"name": "b"})
    fails(exceptions.InvalidTagKey, db.create, uuid.uuid4(), "peers/meta", {"colour": "b"})
    fails(exceptions.InvalidTagValue, db.create, uuid.uuid4(), "peers/meta", {"name": "n" * 256})


@check
def update(db):
    s = stream(db, "peers/update", unit="V")
    assert s.update(tags={"unit": "A"}) == 2
    assert s.update(annotations={"a": 1, "b": {"c": [1, "x"]}}) == 3
    assert s.update(collection="peers/moved") == 4
    fresh = db.stream_from_uuid(s.uuid)
    assert fresh.collection == "peers/moved" and fresh.unit == "A" and fresh.name == s.name
    assert fresh.annotations() == ({"a": 1, "b": {"c": [1, "x"]}}, 4)
    assert fresh.update(annotations={"b": 2}, replace=True) == 5
    assert db.stream_from_uuid(s.uuid).annotations() == ({"b": 2}, 5)
    said = fails(exceptions.BTRDBServerError, db.ep.setStreamTags, s.uuid, 1, {"unit": "W"}, "peers/moved")
    assert said.startswith("423"), said
    said = fails(exceptions.BTRDBServerError, db.ep.setStreamAnnotations, s.uuid, 1, {"b": "3"}, [])
    assert said.startswith("423"), said
    db.ep.setStreamTags(s.uuid, 5, {"unit": None}, "peers/moved")
    assert db.stream_from_uuid(s.uuid).tags() == {"name": s.name}


@check
def collections_and_lookup(db):
    for collection, name, unit in [("peers/l", "a", "V"), ("peers/l", "b", "A"), ("peers/l/m", "a", "V")]:
        db.create(uuid.uuid4(), collection, {"name": name, "unit": unit}, {"owner": name})
    assert db.list_collections("peers/l") == ["peers/l", "peers/l/m"]
    names = lambda found: sorted((s.collection, s.name) for s in found)
    assert names(db.streams_in_collection("peers/l")) == [("peers/l", "a"), ("peers/l", "b"), ("peers/l/m", "a")]
    assert names(db.streams_in_collection("peers/l", is_collection_prefix=False)) == [("peers/l", "a"), ("peers/l", "b")]
    assert names(db.streams_in_collection("peers/l", tags={"unit": "V"})) == [("peers/l", "a"), ("peers/l/m", "a")]
    assert names(db.streams_in_collection("peers/l", tags={"unit": None})) == names(db.streams_in_collection("peers/l"))
    assert names(db.streams_in_collection("peers/l", annotations={"owner": "b"})) == [("peers/l", "b")]
    assert names(db.streams_in_collection("peers/l", annotations={"owner": None, "other": None})) == []
    assert db.streams("peers/l/b")[0].unit == "A"
    assert db.list_unique_names("peers/l") and sorted(db.list_unique_names("peers/l")) == ["a", "b"]
    assert sorted(db.list_unique_units("peers/l")) == ["A", "V"]
    assert db.list_unique_annotations("peers/l") == ["owner"]
    assert db.collection_metadata("peers/l") == ({"name": 3, "unit": 3, "ingress": 0, "distiller": 0}, {"owner": 3})


@check
def sql(db):
    uu = uuid.uuid4()
    db.create(uu, "peers/sql", {"name": "x'y", "unit": "V"}, {"foo": "1"})
    db.create(uuid.uuid4(), "peers/sql", {"name": "z"})
    q = lambda text, *params: db.query(text, params=list(params))
    assert q("SELECT COUNT(uuid) FROM streams WHERE collection=$1::text", "peers/sql") == [{"count": 2}]
    assert q("SELECT COUNT(uuid) FROM streams WHERE annotations->$1::text IS NOT NULL AND collection = 'peers/sql'", "foo") == [{"count": 1}]
    assert q("select * from streams where name = $1 or name = $2", "x'y", "none") == [
        {"uuid": str(uu), "collection": "peers/sql", "name": "x'y", "unit": "V", "ingress": "", "distiller": "",
         "property_version": 1, "annotations": {"foo": "1"}}]
    assert q("SELECT name AS n FROM streams WHERE collection = $1 ORDER BY name DESC LIMIT 1", "peers/sql") == [{"n": "z"}]
    assert q("SELECT uuid FROM streams WHERE uuid = $1", str(uu).upper()) == [{"uuid": str(uu)}]
    fails(exceptions.BadSQLValue, db.query, "DELETE FROM streams")
    fails(exceptions.BadSQLValue, db.query, "SELECT nothing FROM streams")


@check
def values(db):
    s = stream(db)
    data = [(i * 10, i / 3) for i in range(-6000, 6000)]
    first = s.insert(data)
    assert first == s.version() and first > 0
    assert pairs(s.values(-60_000, 60_000)) == data
    assert pairs(s.values(0, 30)) == [(0, 0.0), (10, 1 / 3), (20, 2 / 3)]
    assert pairs(s.values(1, 2)) == []
    second = s.insert([(5, 9.5)])
    assert second > first
    assert pairs(s.values(0, 11, version=first)) == [(0, 0.0), (10, 1 / 3)]
    assert pairs(s.values(0, 11)) == [(0, 0.0), (5, 9.5), (10, 1 / 3)]
    fails(exceptions.InvalidTimeRange, s.values, 10, 10)
    fails(exceptions.VersionNotAvailable, s.values, 0, 10, version=second + 1)
    fails(exceptions.StreamNotFoundError, db.stream_from_uuid(uuid.uuid4()).values, 0, 10)


@check
def bits(db):
    s = stream(db)
    odd = [-0.0, 5e-324, -1.7976931348623157e308, 0.1, 2.0**-1074 * 3]
    s.insert(list(enumerate(odd)))
    read = [p.value for p, _ in s.values(0, 100)]
    assert np.array(read).tobytes() == np.array(odd).tobytes()
    t = s.arrow_values(0, 100).column("value").to_numpy()
    assert t.tobytes() == np.array(odd).tobytes()


@check
def merge_policies(db):
    seen = {}
    for merge in ["never", "equal", "retain", "replace"]:
        s = stream(db)
        s.insert([(1, 1.0), (2, 2.0)])
        s.insert([(1, 1.0), (2, 5.0), (3, 3.0)], merge=merge)
        seen[merge] = pairs(s.values(0, 10))
    assert seen == {
        "never": [(1, 1.0), (1, 1.0), (2, 2.0), (2, 5.0), (3, 3.0)],
        "equal": [(1, 1.0), (2, 2.0), (2, 5.0), (3, 3.0)],
        "retain": [(1, 1.0), (2, 2.0), (3, 3.0)],
        "replace": [(1, 1.0), (2, 5.0), (3, 3.0)],
    }, seen


@check
def bad_points(db):
    s = stream(db)
    fails(exceptions.BadValue, s.insert, [(1, float("nan"))])
    fails(exceptions.InvalidTimeRange, s.insert, [((48 << 56) - 1, 1.0)])
    fails(exceptions.InvalidTimeRange, s.insert, [(-(16 << 56) - 1, 1.0)])
    said = fails(exceptions.BTRDBServerError, db.ep.insert, s.uuid, [(i, 1.0) for i in range(50_001)], "never")
    assert said.startswith("414"), said
    assert s.count() == 0


@check
def windows(db):
    s = stream(db)
    s.insert([(t, float(t)) for t in [-5, -1, 0, 3, 8, 9, 40]])
    rows = lambda got: [(w.time, w.min, w.mean, w.max, w.count) for w, _ in got]
    assert rows(s.aligned_windows(-8, 16, 3)) == [(-8, -5.0, -3.0, -1.0, 2), (0, 0.0, 1.5, 3.0, 2), (8, 8.0, 8.5, 9.0, 2)]
    # Both ends go down to a multiple: the last window is not there.
    assert rows(s.aligned_windows(-3, 15, 3)) == [(-8, -5.0, -3.0, -1.0, 2), (0, 0.0, 1.5, 3.0, 2)]
    assert rows(s.windows(-5, 46, 10)) == [
        (-5, -5.0, -0.75, 3.0, 4), (5, 8.0, 8.5, 9.0, 2), (15, 0.0, 0.0, 0.0, 0), (25, 0.0, 0.0, 0.0, 0), (35, 40.0, 40.0, 40.0, 1)]
    w = s.aligned_windows(0, 4, 2)[0][0]
    assert abs(w.stddev - 1.5) < 1e-12, w
    fails(exceptions.InvalidPointWidth, lambda: list(db.ep.alignedWindows(s.uuid, 0, 8, 64)))
    assert s.count() == 7 and s.count(-5, 3, precise=True) == 3
    assert s.count(start=0, end=16, pointwidth=3) == 4


@check
def nearest(db):
    s = stream(db)
    s.insert([(10, 1.0), (20, 2.0)])
    assert s.nearest(10, 0)[0].time == 10 and s.nearest(11, 0)[0].time == 20
    assert s.nearest(20, 0, backward=True)[0].time == 10
    assert s.nearest(21, 0) is None and s.nearest(10, 0, backward=True) is None
    assert s.earliest()[0].time == 10 and s.latest()[0].value == 2.0 and s.current()[0].time == 20
    fails(exceptions.NoSuchPoint, db.ep.nearest, s.uuid, 21, 0, False)


@check
def delete_flush_obliterate(db):
    s = stream(db)
    s.insert([(i, float(i)) for i in range(10)])
    before = s.version()
    assert s.delete(3, 7) > before
    assert [t for t, _ in pairs(s.values(0, 10))] == [0, 1, 2, 7, 8, 9]
    assert len(s.values(0, 10, version=before)) == 10
    s.flush()
    s.obliterate()
    assert not db.stream_from_uuid(s.uuid).exists()
    fails(exceptions.RecycledUUID, db.create, s.uuid, "peers", {"name": "again"})
    fails(exceptions.StreamNotFoundError, db.stream_from_uuid(s.uuid).flush)


@check
def changes(db):
    s = stream(db)
    s.insert([(5, 1.0), (1 << 57, 1.0)])
    v = s.version()
    s.insert([(6, 1.0)])
    got = [(r.start, r.end) for page, _ in db.ep.changes(s.uuid, v, 0, 0) for r in page]
    assert got == [(0, 1 << 56)], got
    assert [r for page, _ in db.ep.changes(s.uuid, s.version(), 0, 0) for r in page] == []
    fails(exceptions.BTRDBServerError, lambda: list(db.ep.changes(s.uuid, v + 5, v, 0)))


@check
def arrow_points(db):
    s = stream(db)
    times = np.arange(-20_000, 100_000, 10, dtype="int64")
    table = pa.table({"time": pa.array(times, pa.timestamp("ns", tz="UTC")), "value": times / 7})
    assert s.arrow_insert(table) == s.version()
    back = s.arrow_values(-20_000, 100_000)
    assert back.column("time").cast(pa.int64()).to_numpy().tolist() == times.tolist()
    assert (back.column("value").to_numpy() == times / 7).all()
    assert [c.type for c in back.schema] == [pa.timestamp("ns", tz="UTC"), pa.float64()]
    assert s.arrow_values(1, 2).num_rows == 0
    small = pa.schema([pa.field("t", pa.timestamp("ns", tz="UTC"), False), pa.field("v", pa.float32(), False)])
    short = s.arrow_values(0, 30, schema=small)
    assert short.schema.names == ["t", "v"] and short.column("v").type == pa.float32() and short.num_rows == 3
    s.arrow_insert(pa.table({"time": pa.array([0], pa.timestamp("ns", tz="UTC")), "value": [5.5]}), merge="replace")
    assert pairs(s.values(0, 1)) == [(0, 5.5)]
    out = pa.table({"time": pa.array([0], pa.timestamp("ns", tz="UTC")), "value": [float("nan")]})
    fails(exceptions.BadValue, s.arrow_insert, out)


@check
def arrow_windows(db):
    s = stream(db)
    s.insert([(t, float(t)) for t in range(100)])
    for got, like in [
        (s.arrow_aligned_windows(0, 64, 4), s.aligned_windows(0, 64, 4)),
        (s.arrow_windows(5, 96, 30), s.windows(5, 96, 30)),
    ]:
        assert got.column("time").cast(pa.int64()).to_pylist() == [w.time for w, _ in like]
        for name in ["min", "mean", "max", "count", "stddev"]:
            assert got.column(name).to_pylist() == [getattr(w, name) for w, _ in like], name
        assert got.column("count").type == pa.uint64()


@check
def stream_sets(db):
    a, b = stream(db, unit="V"), stream(db, unit="A")
    a.insert([(1, 1.0), (2, 2.0), (3, 3.0)])
    b.insert([(2, 20.0), (4, 40.0)])
    both = StreamSet([a, b])
    table = both.filter(start=1, end=5).arrow_values()
    assert table.column("time").cast(pa.int64()).to_pylist() == [1, 2, 3, 4]
    assert table.column(str(a.uuid)).to_pylist() == [1.0, 2.0, 3.0, None]
    assert table.column(str(b.uuid)).to_pylist() == [None, 20.0, None, 40.0]
    snapped = both.filter(start=1, end=5, sampling_frequency=5e8).arrow_values()
    assert snapped.column("time").cast(pa.int64()).to_pylist() == [2, 4], snapped
    assert both.count() == 5
    assert [[p.time for p in v] for v in both.filter(start=1, end=5).values()] == [[1, 2, 3], [2, 4]]
    frame = both.filter(start=1, end=5).to_dataframe()
    assert frame.shape == (4, 2), frame
    rows = list(both.filter(start=1, end=5).rows())
    assert [[p and p.value for p in r] for r in rows] == [[1.0, None], [2.0, 20.0], [3.0, None], [None, 40.0]]
    versions = both.insert({s.uuid: pd.DataFrame({"time": [9], "value": [9.0]}) for s in (a, b)})
    assert versions == {a.uuid: a.version(), b.uuid: b.version()}
    assert len(list(both.filter(start=1, end=8).aligned_windows(pointwidth(2)).values())[0]) == 1
    eleven = pa.table({"time": pa.array([11], pa.timestamp("ns", tz="UTC")), "value": [1.0]})
    both.arrow_insert({a.uuid: eleven, b.uuid: eleven})
    assert a.latest()[0].time == 11


@check
def csv(db):
    from btrdb.grpcinterface import btrdb_pb2 as pb

    class Kind:
        def __init__(self, number):
            self.number = number

        def to_proto(self):
            return self.number

    a, b = stream(db), stream(db)
    a.insert([(0, 0.5), (1, 1.5)])
    b.insert([(1, 2.5)])
    read = lambda kind, *more: [list(r) for r in db.ep.generateCSV(Kind(kind), 0, 4, *more, False, (0, "a", a.uuid), (0, "b", b.uuid))]
    assert read(pb.GenerateCSVParams.QueryType.RAW_QUERY, 0, 0) == [["time", "a", "b"], ["0", "0.5", ""], ["1", "1.5", "2.5"]]
    aligned = read(pb.GenerateCSVParams.QueryType.ALIGNED_WINDOWS_QUERY, 0, 1)
    assert aligned[0][:3] == ["time", "a min", "a mean"] and aligned[1][:5] == ["0", "0.5", "1", "1.5", "2"], aligned
    wide = read(pb.GenerateCSVParams.QueryType.WINDOWS_QUERY, 2, 0)
    assert wide == aligned, wide


@check
def subscribe(db):
    import queue
    import threading

    s = stream(db)
    updates = queue.Queue()
    got = queue.Queue()

    def follow():
        try:
            for uu, table in db.ep.subscribe(updates):
                got.put((uu, table.column("time").cast(pa.int64()).to_pylist(), table.column("value").to_pylist()))
        except Exception as e:
            got.put(e)

    threading.Thread(target=follow, daemon=True).start()
    updates.put(([s.uuid], []))
    # There is no word that it began: write until something comes.
    for i in range(2000):
        s.insert([(i, 0.5)])
        try:
            uu, times, values = got.get(timeout=0.05)
            break
        except queue.Empty:
            continue
    assert uu == s.uuid and len(times) == 1 and values == [0.5], (uu, times, values)
    updates.put(([], [s.uuid]))
    updates.put(None)


@check
def fault_injection_is_off(db):
    said = fails(exceptions.BTRDBServerError, db.ep.faultInject, 1, b"")
    assert said.startswith("424"), said


@check
def a_schema(db):
    """Not a check: what stands in each field, for the tables of this project."""
    from btrdb.grpcinterface import btrdb_pb2 as pb

    kinds = {1: "double", 3: "int64", 4: "uint64", 5: "int32", 6: "fixed64", 8: "bool", 9: "string", 12: "bytes",
             13: "uint32", 14: "enum", 16: "sfixed64"}
    told = {}
    for m in pb.DESCRIPTOR.message_types_by_name.values():
        told[m.name] = {str(f.number): (f.message_type.name if f.message_type else kinds[f.type]) + ("*" if f.is_repeated else "")
                        for f in m.fields}
    calls = {m.name: [m.input_type.name, m.output_type.name, m.client_streaming, m.server_streaming]
             for m in pb.DESCRIPTOR.services_by_name["BTrDB"].methods}
    return {"messages": told, "calls": calls}


def main(endpoint, key=None):
    db = btrdb.connect(endpoint, apikey=key)
    said = {}
    for name, f in checks.items():
        try:
            said[name] = f(db) or ""
        except BaseException:
            said[name] = traceback.format_exc()
    print(json.dumps(said))


main(*sys.argv[1:])
