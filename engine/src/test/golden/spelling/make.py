"""Spells instances of schemas as Python's json module does, in the styles that people and models use.

    python3 make.py > spellings.jsonl

Each line: {"schema": ..., "texts": [...]}; every text is an instance of the schema, with its keys in the schema's order.
"""
import json

STRING = {"type": "string"}
INTEGER = {"type": "integer"}
NUMBER = {"type": "number"}


def obj(properties, **more):
    return {"type": "object", "properties": properties, "required": list(properties), **more}


def array(items, **more):
    return {"type": "array", "items": items, **more}


CASES = [
    (obj({"name": STRING, "age": INTEGER}), [{"name": "Ann", "age": 31}, {"name": "", "age": -4}, {"name": " x ", "age": 0}]),
    (obj({"ok": {"type": "boolean"}, "note": {"type": ["string", "null"]}}), [{"ok": True, "note": None}, {"ok": False, "note": "a"}]),
    (obj({"tags": array(STRING)}), [{"tags": []}, {"tags": ["a"]}, {"tags": ["red", "green and blue", "1, 2"]}]),
    (obj({"n": array(INTEGER)}), [{"n": []}, {"n": [1]}, {"n": [4, 8, 15, 16, 23, 42]}]),
    (obj({"x": NUMBER}), [{"x": v} for v in (0, -0.0, 1.0, 3.5, -2.25, 1e-07, 1e16, 1.5e300 / 1e280, 0.1 + 0.2, 3.141592653589793)]),
    (obj({"id": INTEGER}), [{"id": 1785239045611139072}]),
    (obj({"id": {"type": "integer", "minimum": 1}}), [{"id": 9007199254740993}]),
    (obj({"pct": {"type": "number", "minimum": 0, "maximum": 1}}), [{"pct": 0.25}, {"pct": 1}, {"pct": 0}]),
    (obj({"people": array(obj({"name": STRING, "langs": array(STRING), "home": obj({"city": STRING, "zip": STRING})}))}),
     [{"people": [{"name": "Zo\u00e9", "langs": ["fr", "de"], "home": {"city": "Besan\u00e7on", "zip": "25000"}},
                  {"name": "\u738b\u5c0f\u660e", "langs": [], "home": {"city": "\u4e0a\u6d77", "zip": ""}}]}, {"people": []}]),
    (obj({"stra\u00dfe": STRING, "gr\u00f6\u00dfe": NUMBER, "\u59d3\u540d": STRING}),
     [{"stra\u00dfe": "Hauptstra\u00dfe 5", "gr\u00f6\u00dfe": 1.8, "\u59d3\u540d": "\u674e"}]),
    (obj({"color": {"enum": ["red", "dark blue", "gr\u00fcn", "none", 1, 2.5, None, True]}}),
     [{"color": c} for c in ("red", "dark blue", "gr\u00fcn", "none", 1, 2.5, None, True)]),
    (obj({"kind": {"const": "a/b"}, "path": STRING}), [{"kind": "a/b", "path": "/usr/local\\bin"}]),
    (obj({"text": STRING}), [{"text": t} for t in ("two\nlines\tand a \"quote\"", "smile \U0001f600!", "caf\u00e9 \u2013 na\u00efve", "<b>R&D</b> it's", "\x01\x7f", "C:\\temp\\new")]),
    (obj({"a": {"type": "string", "maxLength": 6}, "b": {"type": "string", "minLength": 2}}),
     [{"a": "\u00e9\u00e8\u4e2d\U0001f600\"\\", "b": "\u00fc\n"}]),
    (obj({"date": {"type": "string", "format": "date"}, "at": {"type": "string", "format": "date-time"}}),
     [{"date": "2024-03-05", "at": "2024-03-05T12:30:00Z"}]),
    (obj({"code": {"type": "string", "pattern": "^[A-Z]{2}-\\d+$"}}), [{"code": "AB-1234"}]),
    (obj({"set": array(STRING, uniqueItems=True, maxItems=5)}), [{"set": ["a", "\u00e9", "\n", "a/b"]}, {"set": []}]),
    ({"type": "object", "properties": {"a": INTEGER, "b": INTEGER, "c": INTEGER}, "required": ["b"]},
     [{"b": 1}, {"a": 1, "b": 2}, {"a": 1, "b": 2, "c": 3}, {"b": 2, "c": 3}]),
    ({"type": "object", "additionalProperties": INTEGER}, [{}, {"x": 1}, {"x y": 1, "\u00e9": 2, "": 3}]),
    ({"anyOf": [obj({"type": {"const": "circle"}, "r": NUMBER}), obj({"type": {"const": "square"}, "side": NUMBER})]},
     [{"type": "circle", "r": 2}, {"type": "square", "side": 3.5}]),
    (array(array(INTEGER)), [[], [[]], [[1, 2], [], [3]]]),
    ({"type": "object"}, [{}, {"a": {}, "b": [], "c": [{}], "d": {"e": [1, {"f": None}]}, "g": "x", "h": 1.5, "i": True}]),
    ({}, [{"a": [1, 2, {"b": "c"}]}, [], "text", 5, None]),
]


def spellings(value):
    for ascii_only in (True, False):
        yield json.dumps(value, ensure_ascii=ascii_only)
        yield json.dumps(value, ensure_ascii=ascii_only, separators=(",", ":"))
        for indent in (1, 2, 3, 4, "\t"):
            yield json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    plain = json.dumps(value, ensure_ascii=False)
    # As PHP escapes, and as writers for web pages do.
    yield plain.replace("/", "\\/")
    yield plain.replace("<", "\\u003c").replace(">", "\\u003E").replace("&", "\\u0026").replace("'", "\\u0027")
    # As people write short objects by hand.
    if isinstance(value, dict) and value:
        yield "{ " + plain[1:-1] + " }"
        yield plain.replace("[{", "[ {").replace("}]", "} ]")


for schema, instances in CASES:
    texts = []
    for instance in instances:
        for text in spellings(instance):
            assert json.loads(text) == instance, text
            if text not in texts:
                texts.append(text)
    print(json.dumps({"schema": schema, "texts": texts}))
