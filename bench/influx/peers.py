"""The Python clients, each on its best path: python peers.py PEER ROW URL COUNT. Prints { seconds, cpu } as JSON."""
import asyncio
import json
import sys
import time
from urllib.parse import urlsplit

peer, row, url, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
where = urlsplit(url)
START = 1_700_000_000_000_000_000
database = "bench_" + peer.replace("-", "_")


def fields(i):
    return {"temperature": 20 + (i % 1000) / 7, "load": (i % 97) / 97, "count": i}


def dicts():
    return [
        {
            "measurement": "bench",
            "tags": {"host": f"host-{i % 10}", "region": "north"},
            "fields": fields(i),
            "time": START + i * 1_000_000,
        }
        for i in range(count)
    ]


def batches(items):
    return [items[at : at + 5000] for at in range(0, len(items), 5000)]


def timed(work):
    work()
    cpu, start = time.process_time(), time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "cpu": time.process_time() - cpu, "count": count}))


def with_aioinflux():
    from aioinflux import FLOAT, INT, MEASUREMENT, TAG, TIMEINT, InfluxDBClient, iterpoints, lineprotocol
    from typing import NamedTuple

    @lineprotocol
    class Bench(NamedTuple):
        m: MEASUREMENT
        at: TIMEINT
        host: TAG
        region: TAG
        temperature: FLOAT
        load: FLOAT
        count: INT

    def made():
        return [Bench("bench", START + i * 1_000_000, f"host-{i % 10}", "north", **fields(i)) for i in range(count)]

    loop = asyncio.new_event_loop()

    async def client(db, **more):
        return InfluxDBClient(host=where.hostname, port=where.port, db=db, **more)

    if row == "encode":
        items = made()
        return timed(lambda: [item.to_lineprotocol() for item in items])
    if row == "write":
        c = loop.run_until_complete(client(database))
        loop.run_until_complete(c.create_database(db=database))
        parts = batches(made())

        async def write():
            for part in parts:
                await c.write(part)

        timed(lambda: loop.run_until_complete(write()))
    if row == "read":
        c = loop.run_until_complete(client("bench_read"))

        async def read():
            seen = 0
            async for chunk in await c.query("SELECT * FROM bench", chunked=True, chunk_size=10000):
                for _ in iterpoints(chunk):
                    seen += 1
            assert seen == count, seen

        timed(lambda: loop.run_until_complete(read()))
    if row == "frame":
        c = loop.run_until_complete(client("bench_read", output="dataframe"))

        async def frame():
            assert len(await c.query("SELECT * FROM bench")) == count

        timed(lambda: loop.run_until_complete(frame()))
    loop.run_until_complete(c.close())


def with_influxdb():
    from influxdb import InfluxDBClient

    c = InfluxDBClient(host=where.hostname, port=where.port, database="bench_read" if row == "read" else database)
    if row == "read":
        return timed(lambda: list(c.query("SELECT * FROM bench", epoch="ns").get_points()))
    c.create_database(database)
    parts = batches(dicts())
    timed(lambda: [c.write_points(part, time_precision="n") for part in parts])


def with_influxdb_client():
    from influxdb_client import InfluxDBClient
    from influxdb_client.client.write_api import SYNCHRONOUS

    parts = batches(dicts())
    with InfluxDBClient(url=url, token="x", org="-") as c:
        api = c.write_api(write_options=SYNCHRONOUS)
        timed(lambda: [api.write(bucket=database, record=part) for part in parts])


{"aioinflux": with_aioinflux, "influxdb": with_influxdb, "influxdb-client": with_influxdb_client}[peer]()
