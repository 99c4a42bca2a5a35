"""opencode run, with opencode.json as its configuration. Its agent `reader` has a short prompt and one tool."""

import json
import os
import unittest

from place import Place, SECRET

OPENCODE = os.environ["TRAMONTANE_OPENCODE"]


def opencode(place, *arguments, key=os.environ["TRAMONTANE_KEY"]):
    quiet = {"OPENCODE_DISABLE_AUTOUPDATE": 1, "OPENCODE_DISABLE_MODELS_FETCH": 1, "OPENCODE_DISABLE_LSP_DOWNLOAD": 1}
    done = place.run(OPENCODE, "run", "--format", "json", *arguments, TRAMONTANE_KEY=key, **quiet)
    return done, [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


class OpenCode(unittest.TestCase):
    def test_a_file_is_read_with_a_tool_and_an_answer_given(self):
        with Place("opencode.json", "work/opencode.json") as place:
            done, events = opencode(place, "--agent", "reader", "Read the file notes.txt and tell me the secret word.")
            self.assertEqual(done.returncode, 0, done.stderr)
            uses = [event["part"] for event in events if event["type"] == "tool_use"]
            self.assertEqual([use["tool"] for use in uses], ["read"])
            self.assertEqual(uses[0]["state"]["status"], "completed")
            self.assertIn(SECRET, uses[0]["state"]["output"])
            texts = [event["part"]["text"] for event in events if event["type"] == "text"]
            # What the small model says of the file depends on the date and the folder in the client's prompt.
            self.assertTrue(texts[-1].strip())
            steps = [event["part"] for event in events if event["type"] == "step_finish"]
            self.assertEqual([step["reason"] for step in steps], ["tool-calls", "stop"])
            self.assertGreater(steps[1]["tokens"]["cache"]["read"], steps[0]["tokens"]["total"] / 2)

    def test_an_error_carries_the_servers_words(self):
        with Place("opencode.json", "work/opencode.json") as place:
            done, events = opencode(place, "--agent", "reader", "Hello", key="wrong")
            self.assertIn("Unauthorized", done.stdout + done.stderr)
            self.assertFalse([event for event in events if event["type"] == "text"])
