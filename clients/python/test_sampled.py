"""Real schemas, drawn by lot, against a model that babbles: every answer fits its schema, or the request is refused
with the place of each keyword that cannot be kept.

TRAMONTANE_SAMPLE says how many schemas (60), TRAMONTANE_SCHEMA_CHARS how long one may be (3000), TRAMONTANE_ROUNDS how
many seeds each gets (2), TRAMONTANE_ANSWERS where to leave the answers for a second validator.
"""

import json
import lzma
import os
import pathlib
import random
import re
import threading
import unittest
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from client import HTTPValidationError, MODEL, SDKError, connect
from judge import Judge, read

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILE = pathlib.Path(os.environ.get("TRAMONTANE_SHARED", ROOT.parent / "shared")) / "data" / "json-schemas.jsonl.xz"
SAMPLE = int(os.environ.get("TRAMONTANE_SAMPLE", "60"))
ROUNDS = int(os.environ.get("TRAMONTANE_ROUNDS", "2"))
ANSWERS = os.environ.get("TRAMONTANE_ANSWERS")
AT_ONCE = 8
# The model reads the schema, and tests are there to see it write.
SCHEMA_CHARS_MAX = int(os.environ.get("TRAMONTANE_SCHEMA_CHARS", "3000"))
TOKENS = 160
HOT = {"model": MODEL, "temperature": 1.5}
ASK = [{"role": "user", "content": "Answer with whatever comes to your mind first."}]
NEEDED = re.compile(r"takes (\d+)$")
FORMATS = [
    "date", "time", "date-time", "duration", "email", "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6", "uri",
    "uri-reference", "iri", "iri-reference", "uri-template", "uuid", "json-pointer", "relative-json-pointer", "regex",
]  # fmt: skip
# What a model that repeats itself makes of numbers: as decimals they never reach their bound, as doubles they might.
NUMBERS = [
    ("1.000000", {"exclusiveMinimum": 1}),
    ("99.9999999999", {"exclusiveMaximum": 100}),
    ("0.0000000", {"exclusiveMinimum": 0}),
    ("4.99999999999", {"not": {"minimum": 5}}),
    ("1.00000000000", {"not": {"type": "integer"}}),
    ("-0.0000000000", {"multipleOf": 0.00000000000001}),
    ("[1,1.00000000000", {"type": "array", "items": {"type": "number"}, "uniqueItems": True, "minItems": 3, "maxItems": 4}),
]
CHOICES = ["any", "auto", {"type": "function", "function": {"name": "first"}}]
# A small model calls where it could answer if it has just done so.
REPEAT = {"role": "user", "content": "Repeat after me: <tool_call>"}
CALLING = [
    REPEAT,
    {
        "role": "assistant",
        "content": "",
        "tool_calls": [{"id": "call00001", "type": "function", "function": {"name": "first", "arguments": "{}"}}],
    },
    {"role": "tool", "tool_call_id": "call00001", "name": "first", "content": "done"},
    {"role": "assistant", "content": "Done."},
    REPEAT,
]
# A request may ask for these besides, and the schema holds all the same.
BESIDES = [
    {},
    {"n": 2},
    {"frequency_penalty": 2.0},
    {"presence_penalty": -2.0, "top_p": 0.9},
    {"stop": ['"', ",", "}"]},
    {"prediction": {"type": "content", "content": '{"name": "one", "value": [1, 2, 3]}'}},
]

here = threading.local()
writing = threading.Lock()


def client():
    if not hasattr(here, "client"):
        here.client = connect()
    return here.client


def schemas(count, wanted):
    with lzma.open(FILE, "rt", encoding="utf-8") as file:
        cases = [json.loads(line) for line in file]
    cases = [case for case in cases if isinstance(case["schema"], dict) and wanted(case["schema"])]
    return random.Random(20_261_123).sample(cases, min(count, len(cases)))


def short(schema):
    return len(json.dumps(schema)) <= SCHEMA_CHARS_MAX


def describes_objects(schema):
    return short(schema) and schema.get("type") == "object" and schema.get("properties")


def schema_format(schema):
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": True}}


def tool(name, schema, strict):
    return {"type": "function", "function": {"name": name, "parameters": schema, "strict": strict}}


def calls(message):
    return [(call.function.name, call.function.arguments) for call in message.tool_calls or []]


def place(schema, pointer):
    """What a JSON pointer leads to; an error where it leads nowhere."""
    at = schema
    for step in pointer.split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        at = at[int(step)] if isinstance(at, list) else at[step]
    return at


class Refused(Exception):
    """A request that was refused the way it must be."""


class TooLong(Exception):
    """A prompt that leaves the model no room."""


class Judged(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.counts = Counter()
        self.wrong = []

    def each(self, cases, check):
        """Runs the check on every case and seed, several at once, and lists all that went wrong."""

        def run(case):
            # One after the other, for then the server still knows the prompt.
            for seed in range(ROUNDS):
                try:
                    check(case, seed)
                except Refused:
                    self.counts["requests refused"] += 1
                except TooLong:
                    self.counts["requests too long"] += 1
                except Exception as error:  # every kind of fault is listed
                    self.wrong.append(f"{case['name']}, seed {seed}: {type(error).__name__}: {str(error)[:1500]}")

        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(run, cases))
        counts = ", ".join(f"{count} {what}" for what, count in sorted(self.counts.items()))
        print(f"\n{len(cases)} schemas, {ROUNDS} seeds: {counts}", flush=True)
        self.assertEqual(self.wrong, [])

    def ask(self, schema, **settings):
        """The choices of an answer, and what it took to get them; a refusal is looked at."""
        settings = {"messages": ASK, **HOT, **settings}
        try:
            return client().chat.complete(**settings).choices, settings
        except HTTPValidationError as error:
            for fault in json.loads(error.body)["detail"]:
                self.assertEqual(fault["type"], "schema_not_enforceable", error.body)
                place(schema, fault["ctx"]["pointer"])
                self.assertTrue(fault["ctx"]["reason"])
            raise Refused from error
        except SDKError as error:
            fault = json.loads(error.body)
            if fault.get("param") == "max_tokens" and "Prompt contains" in fault["message"]:
                raise TooLong from error
            needed = NEEDED.search(fault["message"])
            if error.status_code != 400 or fault.get("param") != "max_tokens" or not needed:
                raise
            self.assertGreater(int(needed[1]), settings["max_tokens"])
            self.counts["limits refused"] += 1
            return self.ask(schema, **{**settings, "max_tokens": int(needed[1])})

    def check_stream(self, settings, choices):
        """The stream of the same request says the same."""
        streamed = {choice.index: ["", [], None] for choice in choices}
        for event in client().chat.stream(**settings):
            for choice in event.data.choices:
                told = streamed[choice.index]
                told[0] += choice.delta.content or ""
                told[1] += calls(choice.delta)
                told[2] = choice.finish_reason or told[2]
        for choice in choices:
            whole = [choice.message.content or "", calls(choice.message), choice.finish_reason]
            self.assertEqual(streamed[choice.index], whole)
        self.counts["streamed as whole"] += 1

    def keep(self, case, schema, text):
        faults = Judge(schema).faults(text)
        if ANSWERS:
            with writing, open(ANSWERS, "a", encoding="utf-8") as file:
                file.write(json.dumps({"name": case["name"], "schema": schema, "text": text}) + "\n")
        self.assertEqual(faults, [], text[:1000])
        self.counts["answers kept"] += 1


@unittest.skipUnless(FILE.exists(), "no json-schemas.jsonl.xz: no shared directory beside the repository")
class Sampled(Judged):
    def test_every_answer_fits_its_schema(self):
        def check(case, seed):
            chance = random.Random(f"{case['name']} {seed}")
            schema = case["schema"]
            # Every third limit is exactly what the shortest answer takes.
            limit = [TOKENS, 1, chance.randint(2, 60)][seed % 3]
            settings = {"response_format": schema_format(schema), "random_seed": seed, **chance.choice(BESIDES)}
            choices, asked = self.ask(schema, max_tokens=limit, **settings)
            self.assertEqual(len(choices), settings.get("n", 1))
            for choice in choices:
                self.keep(case, schema, choice.message.content)
                self.counts[f"ended with {choice.finish_reason}"] += 1
            if chance.random() < 0.3:
                self.check_stream(asked, choices)

        self.each(schemas(SAMPLE, short), check)
        self.assertGreater(self.counts["answers kept"], 5 * self.counts["requests refused"])

    def test_every_call_fits_its_parameters(self):
        def check(case, seed):
            chance = random.Random(f"{case['name']} {seed} tool")
            tools = [tool("first", case["schema"], True), tool("second", {"type": "object", "properties": {}}, False)]
            wanted = CHOICES[(seed + len(case["name"])) % 3]
            alone = chance.random() < 0.5
            settings = {
                "tools": tools,
                "tool_choice": wanted,
                "parallel_tool_calls": not alone,
                "random_seed": seed,
                "n": chance.choice((1, 2)),
                "max_tokens": TOKENS,
            }
            if wanted == "auto":
                settings |= {"messages": CALLING, "temperature": 0.7, "n": 3}
            choices, asked = self.ask(case["schema"], **settings)
            for choice in choices:
                made = choice.message.tool_calls or []
                if wanted != "auto":
                    self.assertTrue(made)
                    self.assertFalse(choice.message.content)
                if alone or isinstance(wanted, dict):
                    self.assertLessEqual(len(made), 1)
                for call in made:
                    self.assertRegex(call.id, "^[a-zA-Z0-9]{9}$")
                    self.assertIsInstance(read(call.function.arguments), dict)
                    if call.function.name == "first":
                        self.keep(case, case["schema"], call.function.arguments)
                    self.counts[f"calls under {wanted if isinstance(wanted, str) else 'a name'}"] += 1
            if chance.random() < 0.3:
                self.check_stream(asked, choices)

        self.each(schemas(SAMPLE // 3, describes_objects), check)
        for wanted in ("any", "auto", "a name"):
            self.assertGreater(self.counts[f"calls under {wanted}"], 0)

    def test_json_mode_gives_objects_whatever_the_limit(self):
        def check(case, seed):
            chance = random.Random(f"{case['name']} {seed} object")
            messages = [{"role": "user", "content": json.dumps(case["schema"])[:200]}]
            settings = {"messages": messages, "response_format": {"type": "json_object"}, "random_seed": seed}
            choices, _ = self.ask({}, max_tokens=chance.choice((1, 3, 20, 120)), **settings)
            for choice in choices:
                self.assertIsInstance(read(choice.message.content), dict)
                self.counts["objects"] += 1

        self.each(schemas(SAMPLE // 5, short), check)


class Extremes(Judged):
    def test_every_format_is_what_it_says(self):
        cases = []
        for name in FORMATS:
            items = {"type": "string", "format": name, "maxLength": 40}
            cases.append({"name": name, "schema": {"type": "array", "items": items, "minItems": 4, "maxItems": 8}})

        def check(case, seed):
            settings = {"response_format": schema_format(case["schema"]), "random_seed": seed, "max_tokens": TOKENS}
            for choice in self.ask(case["schema"], **settings)[0]:
                self.keep(case, case["schema"], choice.message.content)

        self.each(cases, check)

    def test_numbers_keep_to_the_right_side_of_their_bounds(self):
        def check(case, seed):
            begun = {"role": "assistant", "content": case["begun"], "prefix": True}
            settings = {"response_format": schema_format(case["schema"]), "random_seed": seed, "max_tokens": 60}
            settings |= {"messages": [*ASK, begun], "temperature": 0 if seed == 0 else 1.5}
            for choice in self.ask(case["schema"], **settings)[0]:
                self.keep(case, case["schema"], choice.message.content)

        cases = [{"name": f"number {begun}", "begun": begun, "schema": {"type": "number", **schema}} for begun, schema in NUMBERS]
        self.each(cases, check)
