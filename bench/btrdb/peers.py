"""The vendor's client: python peers.py ROW ENDPOINT. Prints { seconds, cpu, count } as JSON, the best of five rounds."""

import json
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import btrdb
import numpy as np
import pyarrow as pa

row, endpoint = sys.argv[1], sys.argv[2]
COUNT, STEP, POINT_WIDTH = 200_000, 1 << 20, 24
END = COUNT * STEP
NEAREST, MANY = 500, 3000
db = btrdb.connect(endpoint)
stream = db.stream_from_uuid("0b7d0000-0000-4000-8000-000000000001")
times = np.arange(COUNT, dtype=np.int64) * STEP
values = np.sin(np.arange(COUNT) / 1000)


def timed(work, count):
    for _ in range(2):
        work()
    seconds, cpu = [], []
    for _ in range(5):
        spent, start = time.process_time(), time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
        cpu.append(time.process_time() - spent)
    print(json.dumps({"seconds": min(seconds), "cpu": min(cpu), "count": count}))


def fresh():
    return db.create(uuid.uuid4(), "bench/python", {"name": uuid.uuid4().hex})


def insert():
    points = list(zip(times.tolist(), values.tolist()))
    timed(lambda: fresh().insert(points), COUNT)


def insert_arrow():
    table = pa.table({"time": pa.array(times, pa.timestamp("ns", tz="UTC")), "value": values})
    timed(lambda: fresh().arrow_insert(table), COUNT)


def read():
    def work():
        assert len(stream.values(0, END)) == COUNT

    timed(work, COUNT)


def read_arrow():
    def work():
        assert stream.arrow_values(0, END).num_rows == COUNT

    timed(work, COUNT)


def windows():
    def work():
        assert len(stream.aligned_windows(0, END, POINT_WIDTH)) == 12_500

    timed(work, 12_500)


def nearest():
    def work():
        for i in range(NEAREST):
            stream.nearest(i * STEP, 0)

    timed(work, NEAREST)


def nearest_many():
    with ThreadPoolExecutor(100) as pool:
        timed(lambda: list(pool.map(lambda i: stream.nearest(i * STEP, 0), range(MANY))), MANY)


{
    "insert": insert,
    "insert arrow": insert_arrow,
    "read": read,
    "read arrow": read_arrow,
    "windows": windows,
    "nearest": nearest,
    "nearest many": nearest_many,
}[row]()
