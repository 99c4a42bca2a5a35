"""Filling gaps with the official client: asked of a model that can, and of one that cannot."""

import unittest

from client import MODEL, SDKError, connect

GAP = {
    "model": MODEL,
    "prompt": "def add(a, b):\n    ",
    "suffix": "\n\nprint(add(2, 3))\n",
    "temperature": 0,
    "max_tokens": 24,
}


def can_fill():
    with connect() as client:
        return client.models.list().data[0].capabilities.completion_fim


class Gaps(unittest.TestCase):
    def test_a_gap_is_filled_or_refused_as_the_card_says(self):
        with connect() as client:
            if not can_fill():
                with self.assertRaises(SDKError) as refused:
                    client.fim.complete(**GAP)
                self.assertEqual(refused.exception.status_code, 400)
                return
            answer = client.fim.complete(**GAP)
            self.assertIn("a + b", answer.choices[0].message.content)
            self.assertGreater(answer.usage.completion_tokens, 0)

    def test_the_stream_says_the_same(self):
        if not can_fill():
            self.skipTest("the model served cannot fill gaps")
        with connect() as client:
            whole = client.fim.complete(**GAP).choices[0].message.content
            pieces = [event.data.choices[0].delta.content or "" for event in client.fim.stream(**GAP)]
        self.assertEqual("".join(pieces), whole)

    def test_every_parameter_does_what_it_says(self):
        if not can_fill():
            self.skipTest("the model served cannot fill gaps")
        hot = {**GAP, "temperature": 1.2, "top_p": 0.95, "metadata": {"a": [1]}, "random_seed": 5}
        with connect() as client:

            def text(**settings):
                whole = client.fim.complete(**settings)
                events = list(client.fim.stream(**settings))
                pieces = "".join(event.data.choices[0].delta.content or "" for event in events)
                answer = whole.choices[0]
                self.assertEqual(pieces, answer.message.content)
                self.assertEqual(events[-1].data.choices[0].finish_reason, answer.finish_reason)
                self.assertEqual(events[-1].data.usage.completion_tokens, whole.usage.completion_tokens)
                return pieces, whole.usage.completion_tokens, answer.finish_reason

            self.assertEqual(text(**hot), text(**hot))
            self.assertGreater(len({text(**{**hot, "random_seed": seed}) for seed in range(3)}), 1)
            gap, _, reason = text(**{**GAP, "stop": ["zzz", " + "]})
            self.assertEqual((gap, reason), ("return a", "stop"))
            self.assertEqual(text(**{**GAP, "max_tokens": 2})[1:], (2, "length"))
            self.assertGreaterEqual(text(**{**GAP, "min_tokens": 24})[1], 24)
            self.assertEqual(text(**{**GAP, "suffix": None}), text(**{**GAP, "suffix": ""}))
            self.assertEqual(text(**{**GAP, "max_tokens": None, "stop": None, "temperature": None, "random_seed": 1, "top_p": None})[2], "stop")

    def test_a_prompt_alone_is_continued(self):
        if not can_fill():
            self.skipTest("the model served cannot fill gaps")
        with connect() as client:
            answer = client.fim.complete(model=MODEL, prompt="1, 2, 3, 4,", temperature=0, max_tokens=6)
        self.assertIn("5, 6", answer.choices[0].message.content)


if __name__ == "__main__":
    unittest.main()
