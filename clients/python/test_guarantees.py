"""Schemas, JSON mode and tools through the official client; every answer is judged by another's validator."""

import json
import os
import unittest
from enum import Enum
from typing import Literal, Optional

from pydantic import BaseModel

from client import HTTPValidationError, MODEL, complete, connect, stream
from judge import Judge

ASK = [{"role": "user", "content": "Answer with whatever comes to your mind first."}]
ROUNDS = int(os.environ.get("TRAMONTANE_ROUNDS", "2"))
HOT = {"temperature": 1.5, "max_tokens": 300}


class Colour(str, Enum):
    red = "red"
    blue = "blue"


class Part(BaseModel):
    name: str
    children: list["Part"] = []


class Book(BaseModel):
    title: str
    authors: list[str]
    colour: Colour
    kind: Literal["novel", "essay"]
    parts: list[Part]
    price: Optional[float] = None


def obj(required=None, **properties):
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**schema, "required": list(properties) if required is None else required}


SCHEMAS = {
    "bounds": obj(n={"type": "integer", "minimum": -3, "exclusiveMaximum": 5}, x={"type": "number", "minimum": 0.5, "maximum": 2}),
    "multiples": obj(n={"type": "integer", "multipleOf": 7, "minimum": 0, "maximum": 700}),
    "strings": obj(s={"type": "string", "minLength": 2, "maxLength": 6}, p={"type": "string", "pattern": "^[A-Z]{2}-[0-9]{3,4}$"}),
    "formats": obj(d={"type": "string", "format": "date"}, u={"type": "string", "format": "uuid"}, i={"type": "string", "format": "ipv4"}),
    "arrays": {"type": "array", "items": {"enum": [1, "two", None, {"three": [3]}]}, "minItems": 2, "maxItems": 4},
    "unique": {"type": "array", "items": {"enum": ["a", "b", "c"]}, "minItems": 3, "uniqueItems": True},
    "tuple": {"type": "array", "prefixItems": [{"type": "boolean"}, {"const": "x"}], "items": False, "minItems": 2},
    "any of": {"anyOf": [obj(a={"type": "boolean"}), obj(b={"type": "null"}), {"type": "integer", "minimum": 0, "maximum": 9}]},
    "all of": {"allOf": [obj(["a"], a={"type": "integer"}, b={"type": "boolean"}), {"required": ["b"]}, {"properties": {"a": {"minimum": 10, "maximum": 12}}}]},
    "references": {
        "$defs": {"node": obj(["v"], v={"type": "integer", "minimum": 0, "maximum": 9}, next={"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]})},
        "$ref": "#/$defs/node",
    },
    "keys": {"type": "object", "patternProperties": {"^k[0-9]$": {"type": "boolean"}}, "additionalProperties": False, "minProperties": 1, "maxProperties": 3},
    "nullable": obj(t={"type": ["string", "null"], "maxLength": 8}, e={"enum": ["é", "\n", "\"", "🎉"]}),
}

TOOLS = [
    {"type": "function", "function": {"name": "get_weather", "description": "Weather of a city", "parameters": SCHEMAS["strings"]}},
    {"type": "function", "function": {"name": "set-lamp", "strict": True, "parameters": obj(on={"type": "boolean"}, level={"type": "integer", "minimum": 0, "maximum": 10})}},
]


def parameters(name):
    return next(tool["function"]["parameters"] for tool in TOOLS if tool["function"]["name"] == name)


class Guarantees(unittest.TestCase):
    def judge(self, schema, text):
        self.assertEqual(Judge(schema).faults(text), [], text)

    def judge_calls(self, calls):
        self.assertTrue(calls)
        for call in calls:
            self.assertRegex(call.id, "^[a-zA-Z0-9]{9}$")
            self.judge(parameters(call.function.name), call.function.arguments)

    def schema_format(self, schema):
        return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": True}}

    def test_answers_fit_their_schemas_at_high_temperature(self):
        for name, schema in SCHEMAS.items():
            for seed in range(ROUNDS):
                with self.subTest(schema=name, seed=seed):
                    settings = {**HOT, "response_format": self.schema_format(schema), "random_seed": seed, "n": 2}
                    answer = complete(ASK, **settings)
                    for choice in answer.choices:
                        self.judge(schema, choice.message.content)
                    chunks = stream(ASK, **settings)
                    for choice in answer.choices:
                        parts = [c.delta.content or "" for chunk in chunks for c in chunk.choices if c.index == choice.index]
                        self.assertEqual("".join(parts), choice.message.content)

    def test_json_mode_gives_an_object(self):
        for seed in range(ROUNDS):
            answer = complete(ASK, **HOT, response_format={"type": "json_object"}, random_seed=seed)
            self.assertIsInstance(json.loads(answer.choices[0].message.content), dict)

    def test_parse_gives_an_instance_of_the_model(self):
        with connect() as client:
            for seed in range(ROUNDS):
                settings = {"model": MODEL, "messages": ASK, "random_seed": seed, **HOT, "max_tokens": 400}
                answer = client.chat.parse(response_format=Book, **settings)
                book = answer.choices[0].message.parsed
                self.assertIsInstance(book, Book)
                events = client.chat.parse_stream(response_format=Book, **settings)
                text = "".join(c.delta.content or "" for event in events for c in event.data.choices)
                self.assertEqual(Book.model_validate_json(text), book)

    def test_forced_calls_are_made_and_fit(self):
        for seed in range(ROUNDS):
            for choice in ("any", "required", {"type": "function", "function": {"name": "set-lamp"}}):
                with self.subTest(seed=seed, choice=choice):
                    settings = {**HOT, "tools": TOOLS, "tool_choice": choice, "random_seed": seed}
                    message = complete(ASK, **settings).choices[0].message
                    self.judge_calls(message.tool_calls)
                    self.assertFalse(message.content)
                    streamed = [c for chunk in stream(ASK, **settings) for c in chunk.choices if c.delta.tool_calls]
                    self.assertEqual(len(streamed), 1)
                    self.assertEqual(
                        [(call.function.name, call.function.arguments) for call in streamed[0].delta.tool_calls],
                        [(call.function.name, call.function.arguments) for call in message.tool_calls],
                    )
                    if isinstance(choice, dict):
                        self.assertEqual([call.function.name for call in message.tool_calls], ["set-lamp"])

    def test_free_calls_fit_and_no_calls_come_where_none_may(self):
        for seed in range(ROUNDS):
            for settings in ({"tool_choice": "auto"}, {"tool_choice": "auto", "parallel_tool_calls": False}, {"tool_choice": "none"}):
                message = complete(ASK, **HOT, tools=TOOLS, random_seed=seed, **settings).choices[0].message
                if message.tool_calls:
                    self.assertEqual(settings["tool_choice"], "auto")
                    self.judge_calls(message.tool_calls)
                    self.assertTrue(settings.get("parallel_tool_calls", True) or len(message.tool_calls) == 1)
                else:
                    self.assertTrue(message.content)

    def test_results_go_back_to_the_model(self):
        first = complete(ASK, **HOT, tools=TOOLS, tool_choice="any", parallel_tool_calls=False).choices[0].message
        call = first.tool_calls[0]
        messages = [*ASK, first, {"role": "tool", "name": call.function.name, "tool_call_id": call.id, "content": "done"}]
        self.assertTrue(complete(messages, tools=TOOLS, tool_choice="none").choices[0].message.content)

    def test_a_schema_that_cannot_be_kept_is_refused_with_every_reason(self):
        bad = {"type": "object", "properties": {"a": {"pattern": "("}, "b": {"type": "strin"}}}
        tool = {"type": "function", "function": {"name": "f", "parameters": bad}}
        for settings in ({"tools": [tool]}, {"response_format": self.schema_format(bad)}):
            with self.assertRaises(HTTPValidationError) as caught:
                complete(ASK, **settings)
            for pointer in ("/properties/a/pattern", "/properties/b/type"):
                self.assertIn(pointer, caught.exception.body)
