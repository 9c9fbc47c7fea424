"""p4p values as JSON and back, without loss.

64-bit integers and numbers that JSON has no word for travel as text, exactly as our own toJSON() writes them:
"9223372036854775807", "NaN", "Infinity", "-Infinity". p4p does not tell which member of a union is selected;
the printed form ("text"), which does, goes along.
"""

import math

from p4p import Type, Value


def text_of_float(x):
    x = float(x)
    if math.isnan(x):
        return "NaN"
    if math.isinf(x):
        return "Infinity" if x > 0 else "-Infinity"
    return x


def encode_scalar(code, x):
    if code == "?":
        return bool(x)
    if code in "lL":
        return str(int(x))
    if code in "bBhHiI":
        return int(x)
    if code in "fd":
        return text_of_float(x)
    return str(x)


def guess(x):
    """Something out of an any or a union, of which only the Python object is known."""
    if isinstance(x, Value):
        return encode(x)
    if x is None or isinstance(x, (bool, str)):
        return x
    if isinstance(x, int):
        return str(x)
    if isinstance(x, float):
        return text_of_float(x)
    if hasattr(x, "dtype"):
        kind, wide = x.dtype.kind, x.dtype.itemsize == 8
        code = {"b": "?", "f": "d", "i": "l" if wide else "i", "u": "L" if wide else "I"}.get(kind, "s")
        return [encode_scalar(code, e) for e in x]
    return [guess(e) for e in x]


def encode_field(spec, x):
    if isinstance(spec, str):
        if spec in ("v", "av"):
            return guess(x)
        if spec[0] == "a":
            return [] if x is None else [encode_scalar(spec[1:], e) for e in x]
        return encode_scalar(spec, x)
    kind = spec[0]
    if kind == "S":
        return encode(x)
    if kind == "aS":
        return [None if e is None else encode(e) for e in (x if x is not None else [])]
    return guess(x)


def encode(value):
    """A structure as a plain dictionary in declaration order."""
    _, _, members = value.type().aspy()
    return {name: encode_field(spec, value[name]) for name, spec in members}


def spec_of(value):
    return value.type().aspy()


def seen(value, prefix=""):
    """What a test wants to know about a value."""
    return {
        "id": value.getID(),
        "spec": spec_of(value),
        "value": encode(value),
        "changed": sorted(value.changedSet(expand=False, parents=False)),
        "text": str(value),
    }


def to_spec(j):
    """JSON lists to the tuples that p4p wants."""
    if isinstance(j, str):
        return j
    kind, ident, members = j
    return (kind, ident, [(name, to_spec(m)) for name, m in members])


def to_type(j):
    _, ident, members = to_spec(j)
    return Type(members, id=ident or "structure")


def decode_scalar(code, x):
    if code in "bBhHiIlL" and isinstance(x, str):
        return int(x)
    if code in "fd" and isinstance(x, str):
        return float(x.replace("Infinity", "inf"))
    return x


def decode_any(x):
    """{"spec": ..., "value": ...} is a typed any; a plain value is promoted by p4p."""
    if isinstance(x, dict):
        spec = to_spec(x["spec"])
        if isinstance(spec, str):
            # A structure with one field, of which the field is taken, gives p4p a typed value to store.
            if spec in "lL":
                return int(x["value"])
            return decode_field(spec, x["value"])
        return Value(to_type(x["spec"]), decode(spec, x["value"]))
    return x


def decode_field(spec, x):
    if x is None:
        return None
    if isinstance(spec, str):
        if spec == "v":
            return decode_any(x)
        if spec == "av":
            return [decode_any(e) for e in x]
        if spec[0] == "a":
            return [decode_scalar(spec[1:], e) for e in x]
        return decode_scalar(spec, x)
    kind, ident, members = spec
    if kind == "S":
        return decode(spec, x)
    if kind == "aS":
        kids = Type(members, id=ident)
        return [None if e is None else Value(kids, decode(("S", ident, members), e)) for e in x]
    member = dict(members)
    if kind == "U":
        return (x["select"], decode_field(member[x["select"]], x["value"]))
    return [None if e is None else (e["select"], decode_field(member[e["select"]], e["value"])) for e in x]


def decode(spec, x):
    member = dict(spec[2])
    return {name: decode_field(member[name], v) for name, v in x.items()}


def build(spec, x):
    """A value of type `spec` in which exactly the fields named by `x` are set."""
    return Value(to_type(spec), decode(to_spec(spec), x))


def assign(value, x):
    """Sets the fields named in `x`; a dotted name reaches inside."""
    spec = value.type().aspy()
    for name, v in x.items():
        inner = spec
        for part in name.split("."):
            inner = dict(inner[2])[part]
        value[name] = decode_field(inner, v)
