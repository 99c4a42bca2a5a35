"""Mistral Vibe in its programmatic mode, with vibe.toml as its configuration."""

import json
import os
import unittest

from place import Place, SECRET

VIBE = os.environ["TRAMONTANE_VIBE"]


def vibe(place, *arguments, key=os.environ["TRAMONTANE_KEY"]):
    return place.run(VIBE, *arguments, VIBE_HOME=place.home / ".vibe", TRAMONTANE_KEY=key, MISTRAL_API_KEY="unused")


class Vibe(unittest.TestCase):
    def test_a_file_is_read_with_a_tool_and_an_answer_given(self):
        with Place("vibe.toml", "home/.vibe/config.toml") as place:
            asked = f"Read the file {place.work}/notes.txt with read_file. What is the secret word?"
            done = vibe(place, "-p", asked, "--output", "json", "--output-dir", str(place.work / "out"), "--trust", "--auto-approve", "--max-turns", "4")
            self.assertEqual(done.returncode, 0, done.stderr)
            entries = json.loads(done.stdout)
            effects = [entry for entry in entries if entry["type"] == "effect"]
            self.assertEqual([effect["detail"]["toolName"] for effect in effects], ["file_system.read_file"])
            self.assertEqual(effects[0]["state"]["status"], "completed", effects[0])
            self.assertEqual((entries[-1]["type"], entries[-1]["role"]), ("message", "assistant"))
            # What the small model says of the file depends on the date and the folder in the client's prompt.
            self.assertTrue(entries[-1]["content"][0]["text"].strip())
            self.assertIn(SECRET, json.dumps(effects[0]))
            export = json.loads((place.work / "out" / "export.json").read_text())
            self.assertEqual((export["outcome"], export["steps"]), ("finished", 2))
            usage = export["usage"]
            self.assertEqual(usage["total_tokens"], usage["input_tokens"] + usage["output_tokens"])
            # The second turn begins with the whole first one, which the server still has.
            self.assertGreater(usage["cached_input_tokens"], usage["input_tokens"] / 3)

    def test_a_wrong_key_ends_the_run(self):
        with Place("vibe.toml", "home/.vibe/config.toml") as place:
            done = vibe(place, "-p", "Hello", "--trust", key="wrong")
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("Invalid API key", done.stdout + done.stderr)
