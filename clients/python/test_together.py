"""Everything a request may ask for besides a schema or tools, two by two: whatever else it says, the promises hold, and
the stream says the same. For the newest client, which knows every field."""

import itertools
import random
import re
import unittest
from concurrent.futures import ThreadPoolExecutor

from client import SDKError, complete, stream
from judge import Judge
from test_guarantees import ASK, TOOLS, obj, parameters

SCHEMA = obj(
    ["name", "kind", "n"],
    name={"type": "string", "minLength": 1, "maxLength": 12},
    kind={"enum": ["a", "b"]},
    n={"type": "integer", "minimum": -3, "maximum": 99},
    tags={"type": "array", "items": {"type": "string", "pattern": "^[a-z]{1,4}$"}, "maxItems": 3, "uniqueItems": True},
)
FORMAT = {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA, "strict": True}}
NAMED = {"type": "function", "function": {"name": "set-lamp"}}
CALLED = [
    *ASK,
    {"role": "assistant", "content": "", "tool_calls": [{"id": "call00001", "function": {"name": "set-lamp", "arguments": {"on": True, "level": 2}}}]},
    {"role": "tool", "tool_call_id": "call00001", "name": "set-lamp", "content": "done"},
]
FIELDS = [
    [{}, {"response_format": FORMAT}, {"response_format": {"type": "json_object"}}],
    [{}, *({"tools": TOOLS, "tool_choice": choice} for choice in ("auto", "none", "any", NAMED))],
    [{}, {"parallel_tool_calls": False}],
    [{}, {"n": 3}],
    [{}, {"prediction": {"type": "content", "content": '{"name":"one","kind":"b","n":12}'}}],
    [{}, {"stop": ['"', ",", "}", " the"]}, {"stop": "\n"}],
    [{}, {"logprobs": True, "top_logprobs": 3}, {"prompt_logprobs": True, "top_prompt_logprobs": 2}],
    [{}, {"min_tokens": 7}],
    [{}, {"top_k": 5}, {"top_p": 0.5}],
    [{}, {"repetition_penalty": 1.4}, {"frequency_penalty": 2, "presence_penalty": -2}, {"repetition_penalty": 1e300}],
    [{"max_tokens": 120}, {"max_tokens": 8}],
    [{"messages": ASK}, {"messages": CALLED}],
]
NEEDED = re.compile(r"takes (\d+)\"")


def together():
    """Requests in which every two values of two fields meet at least once."""
    chance = random.Random(20_261_128)
    unmet = {
        ((a, i), (b, j))
        for a, b in itertools.combinations(range(len(FIELDS)), 2)
        for i in range(len(FIELDS[a]))
        for j in range(len(FIELDS[b]))
    }
    while unmet:
        rows = [[chance.randrange(len(values)) for values in FIELDS] for _ in range(60)]
        best = max(rows, key=lambda row: len(unmet & set(itertools.combinations(enumerate(row), 2))))
        unmet -= set(itertools.combinations(enumerate(best), 2))
        yield {key: value for field, i in enumerate(best) for key, value in FIELDS[field][i].items()}


def calls(message):
    return [(call.function.name, call.function.arguments) for call in message.tool_calls or []]


class Together(unittest.TestCase):
    def settle(self, settings):
        """The answer, under the limit it was said to need where its own was too small."""
        try:
            return complete(**settings), settings
        except SDKError as refused:
            needed = NEEDED.search(refused.body)
            self.assertTrue(needed, refused.body)
            enough = int(needed[1])
            with self.assertRaises(SDKError):
                complete(**{**settings, "max_tokens": enough - 1})
            settings = {**settings, "max_tokens": enough}
            return complete(**settings), settings

    def judge(self, choice, settings):
        message, choose = choice.message, settings.get("tool_choice")
        made = calls(message)
        for name, arguments in made:
            self.assertEqual(Judge(parameters(name)).faults(arguments), [])
        if made:
            self.assertIn(choose, ("auto", "any", NAMED))
            self.assertTrue(choose != NAMED or made[0][0] == "set-lamp")
            self.assertTrue(len(made) == 1 or settings.get("parallel_tool_calls", True) and choose != NAMED)
        elif "response_format" in settings:
            schema = SCHEMA if settings["response_format"] is FORMAT else {"type": "object"}
            self.assertEqual(Judge(schema).faults(message.content), [], message.content)
        if choose in ("any", NAMED):
            self.assertTrue(made)
            self.assertFalse(message.content)

    def judge_scores(self, choice, settings, usage):
        self.assertEqual(bool(choice.logprobs), "logprobs" in settings)
        self.assertEqual(bool(choice.prompt_logprobs), "prompt_logprobs" in settings)
        for token in choice.logprobs.content if choice.logprobs else []:
            likely = [other.logprob for other in token.top_logprobs]
            self.assertEqual(likely, sorted(likely, reverse=True))
            self.assertEqual(len(likely), 3)
            same = [other.logprob for other in token.top_logprobs if other.token_id == token.token_id]
            self.assertIn(token.logprob, same or [token.logprob])
        if choice.logprobs and not choice.message.tool_calls and not ("stop" in settings and "response_format" not in settings):
            text = b"".join(bytes(token.bytes_) for token in choice.logprobs.content).decode("utf-8", "replace")
            self.assertEqual(text.strip(), choice.message.content.strip())
        if choice.prompt_logprobs:
            self.assertEqual(len(choice.prompt_logprobs.content), usage.prompt_tokens - 1)

    def check(self, settings):
        answer, settings = self.settle({"temperature": 1.5, "random_seed": 3, **settings})
        self.assertEqual(len(answer.choices), settings.get("n", 1))
        free = "response_format" not in settings and settings.get("tool_choice", "none") == "none"
        if free and "min_tokens" in settings:
            self.assertGreaterEqual(answer.usage.completion_tokens, settings["min_tokens"] * len(answer.choices))
        chunks = stream(**settings)
        for choice in answer.choices:
            self.judge(choice, settings)
            self.judge_scores(choice, settings, answer.usage)
            parts = [part for chunk in chunks for part in chunk.choices if part.index == choice.index]
            self.assertEqual("".join(part.delta.content or "" for part in parts), choice.message.content)
            self.assertEqual([call for part in parts for call in calls(part.delta)], calls(choice.message))
            self.assertEqual(parts[-1].finish_reason, choice.finish_reason)
        self.assertEqual(chunks[-1].usage.completion_tokens, answer.usage.completion_tokens)

    def test_every_two_fields_keep_each_other_s_promises(self):
        rows = list(together())
        wrong = []

        def run(settings):
            try:
                self.check(settings)
            except Exception as error:  # every kind of fault is listed
                wrong.append(f"{settings}: {type(error).__name__}: {str(error)[:800]}")

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(run, rows))
        print(f"\n{len(rows)} requests", flush=True)
        self.assertEqual(wrong, [])
