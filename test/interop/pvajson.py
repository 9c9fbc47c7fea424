"""pvaPy values as JSON and back; the notation is that of pvjson.py, but unions say which member they hold."""

import math

import numpy
import pvaccess as pva

LETTERS = {
    "?": pva.BOOLEAN,
    "b": pva.BYTE,
    "h": pva.SHORT,
    "i": pva.INT,
    "l": pva.LONG,
    "B": pva.UBYTE,
    "H": pva.USHORT,
    "I": pva.UINT,
    "L": pva.ULONG,
    "f": pva.FLOAT,
    "d": pva.DOUBLE,
    "s": pva.STRING,
}
CODES = {v: k for k, v in LETTERS.items()}


def structure(spec):
    """A type in p4p's notation as pvaPy's dictionary."""
    if isinstance(spec, str):
        if spec == "v":
            return ()
        if spec == "av":
            return [()]
        return [LETTERS[spec[1:]]] if spec[0] == "a" else LETTERS[spec]
    kind, _, members = spec
    fields = {name: structure(m) for name, m in members}
    return {"S": fields, "aS": [fields], "U": (fields,), "aU": [(fields,)]}[kind]


def spec_of(x):
    if isinstance(x, pva.ScalarType):
        return CODES[x]
    if isinstance(x, dict):
        return ["S", None, [[k, spec_of(v)] for k, v in x.items()]]
    if isinstance(x, tuple):
        return ["U", None, spec_of(x[0])[2]] if x else "v"
    inner = spec_of(x[0])
    return "a" + inner if isinstance(inner, str) else ["a" + inner[0], None, inner[2]]


def number(x):
    x = float(x)
    if math.isnan(x):
        return "NaN"
    return x if math.isfinite(x) else ("Infinity" if x > 0 else "-Infinity")


def scalar(code, x):
    if code == "?":
        return bool(x)
    if code in "lL":
        return str(int(x))
    if code in "fd":
        return number(x)
    if code == "b" and isinstance(x, str):
        return ord(x)  # a byte is a character to pvaPy
    return str(x) if code == "s" else int(x)


def encode(kind, x):
    """`kind` is an entry of getStructureDict()."""
    if isinstance(kind, pva.ScalarType):
        return scalar(CODES[kind], x)
    if isinstance(kind, dict):
        return {k: encode(t, x[k]) for k, t in kind.items()}
    if isinstance(kind, tuple):
        if not x or not x[0]:
            return None
        (name, value), = x[0].items()
        type_ = x[1][name]
        if kind == ():
            return {"spec": spec_of(type_), "value": encode(type_, value)}
        return {"select": name, "value": encode(type_, value)}
    return [encode(kind[0], e) for e in x]


def seen(v):
    kind = v.getStructureDict()
    text = str(v)
    return {"id": text.split(" ", 1)[0].strip(), "spec": spec_of(kind), "value": encode(kind, v.toDict()), "text": text}


def decode(spec, x):
    if isinstance(spec, str):
        if spec == "b":
            return chr(x)
        if spec[0] == "a" and spec != "av":
            list_ = [e if spec == "ab" else decode(spec[1:], e) for e in x]
            return numpy.array(list_, dtype=DTYPES[spec[1:]]) if spec[1:] in DTYPES else list_
        if spec in "bBhHiIlL" and isinstance(x, str):
            return int(x)
        if spec in "fd":
            return float(x.replace("Infinity", "inf")) if isinstance(x, str) else float(x)
        return x
    kind, _, members = spec
    member = dict(members)
    if kind == "S":
        return {k: decode(member[k], v) for k, v in x.items()}
    if kind == "aS":
        return [decode(("S", None, members), e) for e in x]
    if kind == "U":
        return ({x["select"]: decode(member[x["select"]], x["value"])},)
    return [({e["select"]: decode(member[e["select"]], e["value"])},) for e in x]


DTYPES = {
    "b": "i1",
    "h": "i2",
    "i": "i4",
    "l": "i8",
    "B": "u1",
    "H": "u2",
    "I": "u4",
    "L": "u8",
    "f": "f4",
    "d": "f8",
}


def build(spec, x):
    """An object of type `spec`; fields that `x` does not name have their defaults."""
    return pva.PvObject(structure(spec), decode(spec, x), spec[1] or "structure")
