"""Makes drafts.json: what each draft's validator says of documents under keywords of all drafts.

    pip install 'jsonschema==4.26.0' && python make.py
"""

import json
import pathlib

import jsonschema

DRAFTS = {
    "http://json-schema.org/draft-04/schema#": jsonschema.Draft4Validator,
    "http://json-schema.org/draft-06/schema#": jsonschema.Draft6Validator,
    "http://json-schema.org/draft-07/schema#": jsonschema.Draft7Validator,
    "https://json-schema.org/draft/2019-09/schema": jsonschema.Draft201909Validator,
    "https://json-schema.org/draft/2020-12/schema": jsonschema.Draft202012Validator,
}

OBJECTS = [{}, {"a": 1}, {"a": 2}, {"b": 1}, {"a": 1, "b": 1}, {"a": 1, "b": "x"}, {"c": 1}, {"a": 1, "c": 2}]
ARRAYS = [[], [1], ["x"], [1, "x"], ["x", 1], [1, 2], [1, 2, 3], ["x", "x", 1]]
NUMBERS = [0, 1, 5, 5.5, 6, 10, -1]
ANY = [1, 2, "x", "", None, True, [], {}]

CASES = [
    ({"const": 1}, ANY),
    ({"type": "object", "properties": {"a": {"const": 1}}}, OBJECTS),
    ({"contains": {"type": "string"}, "type": "array"}, ARRAYS),
    ({"contains": {"type": "string"}, "minContains": 2, "type": "array"}, ARRAYS),
    ({"contains": {"type": "string"}, "maxContains": 1, "type": "array"}, ARRAYS),
    ({"contains": {"type": "string"}, "minContains": 0, "type": "array"}, ARRAYS),
    ({"type": "object", "propertyNames": {"pattern": "^a"}}, OBJECTS),
    ({"if": {"type": "integer"}, "then": {"minimum": 2}, "else": {"type": "string"}}, ANY),
    ({"type": "object", "if": {"required": ["a"]}, "then": {"required": ["b"]}}, OBJECTS),
    ({"type": "object", "if": {"required": ["a"]}, "else": {"required": ["c"]}}, OBJECTS),
    ({"type": "object", "dependentRequired": {"a": ["b"]}}, OBJECTS),
    ({"type": "object", "dependentSchemas": {"a": {"required": ["b"]}}}, OBJECTS),
    ({"type": "object", "properties": {"a": True}, "unevaluatedProperties": False}, OBJECTS),
    ({"type": "array", "unevaluatedItems": False}, ARRAYS),
    ({"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}]}, ARRAYS),
    ({"type": "array", "prefixItems": [{"type": "integer"}], "items": {"type": "string"}}, ARRAYS),
    ({"type": "number", "exclusiveMinimum": 5}, NUMBERS),
    ({"type": "number", "exclusiveMaximum": 5}, NUMBERS),
    ({"type": "integer"}, [1, 1.0, 1.5, "1"]),
    ({"not": {"const": 1}}, ANY),
    ({"anyOf": [{"const": 1}, {"type": "string"}]}, ANY),
    ({"allOf": [{"if": {"const": 1}, "then": False}]}, ANY),
    ({"$defs": {"x": {"const": 1}}, "allOf": [{"$ref": "#/$defs/x"}]}, ANY),
    ({"definitions": {"x": {"type": "integer", "if": {"minimum": 2}, "then": False}}, "allOf": [{"$ref": "#/definitions/x"}]}, ANY),
    ({"components": {"x": {"type": "integer", "if": {"minimum": 2}, "then": False}}, "allOf": [{"$ref": "#/components/x"}]}, ANY),
    ({"type": "object", "properties": {"if": {"type": "string"}, "const": {"type": "integer"}}}, [{"if": 1}, {"if": "x"}, {"const": "x"}, {"const": 1}]),
    ({"type": "object", "properties": {"contains": {"const": 1}}}, [{"contains": 1}, {"contains": 2}]),
    ({"type": "array", "items": {"if": {"type": "string"}, "then": {"minLength": 2}}}, [["x"], ["xx"], [1], []]),
    ({"type": "object", "additionalProperties": {"const": 1}}, OBJECTS),
    ({"type": "object", "patternProperties": {"^a": {"const": 1}}}, OBJECTS),
    ({"enum": [{"if": 1}, {"const": 2}]}, [{"if": 1}, {"const": 2}, {}, 1]),
    ({"type": "object", "default": {"const": 1}, "examples": [{"if": 1}], "properties": {"a": {"type": "integer"}}}, OBJECTS),
    ({"definitions": {"x": {"type": "string"}}, "properties": {"a": {"$ref": "#/definitions/x", "minimum": 5}}, "type": "object"}, [{"a": "x"}, {"a": 1}, {"a": 9}]),
]

# The boolean form of exclusive bounds is draft 4's own.
DRAFT4 = [
    ({"type": "number", "minimum": 5, "exclusiveMinimum": True}, NUMBERS),
    ({"type": "number", "maximum": 5, "exclusiveMaximum": True}, NUMBERS),
    ({"type": "number", "minimum": 5, "exclusiveMinimum": False}, NUMBERS),
    ({"type": "number", "exclusiveMinimum": True}, NUMBERS),
]

# Up to draft 7; later drafts have other keywords instead, and these keep their meaning there.
UP_TO_7 = [
    ({"type": "object", "dependencies": {"a": ["b"]}}, OBJECTS),
    ({"type": "object", "dependencies": {"a": {"required": ["b"]}}}, OBJECTS),
    ({"type": "array", "items": [{"type": "integer"}], "additionalItems": {"type": "string"}}, ARRAYS),
]


def cases(draft):
    yield from CASES
    if "draft-04" in draft:
        yield from DRAFT4
    if "/draft-0" in draft:
        yield from UP_TO_7


def main():
    rows = []
    for draft, validator in DRAFTS.items():
        for schema, documents in cases(draft):
            whole = {"$schema": draft, **schema}
            check = validator(whole)
            rows.append(
                {
                    "schema": whole,
                    "valid": [json.dumps(d) for d in documents if check.is_valid(d)],
                    "invalid": [json.dumps(d) for d in documents if not check.is_valid(d)],
                }
            )
    text = "[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n"
    (pathlib.Path(__file__).parent / "drafts.json").write_text(text)


main()
