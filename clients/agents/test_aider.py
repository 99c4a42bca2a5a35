"""aider in a git repository, with aider.yml as its configuration, on a server with --openai-fields or a key made with it."""

import json
import os
import re
import subprocess
import time
import unittest
import urllib.error
import urllib.request

from place import Place, URL

AIDER = os.environ["TRAMONTANE_AIDER"]
KEY = os.environ["TRAMONTANE_KEY"]
# The price of a token in dollars, as aider reads it: it shows what the answer's usage costs.
PRICES = '{"openai/mistral-small-latest": {"max_input_tokens": 32768, "input_cost_per_token": 0.000001, "output_cost_per_token": 0.000002}}'


def await_key():
    """A running server knows a new key within a second."""
    while True:
        try:
            urllib.request.urlopen(urllib.request.Request(URL + "/v1/models", headers={"Authorization": "Bearer " + KEY}))
            return
        except urllib.error.HTTPError as refused:
            if refused.code != 401:
                raise
            time.sleep(0.2)


def latest_request():
    """What the server's log says of this key's last request."""
    request = urllib.request.Request(URL + "/tramontane/requests?limit=1", headers={"Authorization": "Bearer " + KEY})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["data"][0]


class Repository:
    """Two files under git, one of which aider is given; the other is in its map of the repository."""

    def __init__(self):
        self.place = Place("aider.yml", "home/.aider.conf.yml")
        work = self.place.work
        (work / "greet.py").write_text('def greet(name):\n    return "Hello " + name\n')
        (work / "main.py").write_text('from greet import greet\n\nprint(greet("you"))\n')
        (self.place.home.parent / "prices.json").write_text(PRICES)
        self.git("init", "-q")
        self.git("add", "greet.py", "main.py")
        self.git("commit", "-q", "-m", "start")

    def git(self, *arguments):
        identity = ["-c", "user.name=tester", "-c", "user.email=tester@localhost"]
        return subprocess.run(["git", *identity, *arguments], cwd=self.place.work, check=True, capture_output=True, text=True).stdout

    def aider(self, message, *arguments, key=KEY):
        """What aider prints, and what it wrote down of its talk with the model."""
        history = self.place.home.parent / "history.txt"
        history.unlink(missing_ok=True)
        prices = ["--model-metadata-file", str(self.place.home.parent / "prices.json")]
        fixed = ["--yes-always", "--no-pretty", "--no-gitignore", "--llm-history-file", str(history), *prices]
        # Without compiled modules each start would take several seconds more.
        variables = {"OPENAI_API_KEY": key, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "PYTHONDONTWRITEBYTECODE": ""}
        done = self.place.run(AIDER, *fixed, *arguments, "--message", message, **variables)
        return done.stdout + done.stderr, history.read_text() if history.exists() else ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.place.__exit__()


class Aider(unittest.TestCase):
    def setUp(self):
        await_key()

    def check_answer(self, printed, history):
        """The answer of a run without errors, in which the map of the repository was sent."""
        self.assertNotIn("litellm.", printed)
        self.assertRegex(history, r"summaries of some files present in my git repo[^-]*\nUSER greet.py:\n")
        answer = history.split("LLM RESPONSE")[1].split("\n", 1)[1]
        said = re.sub(r"(?m)^ASSISTANT ?", "", answer).strip()
        self.assertTrue(said, history)
        self.assertIn(said, printed)
        self.assertRegex(printed, r"Tokens: \S+ sent, [1-9]\S* received. Cost: \$0\.\d*[1-9]")
        return said

    def test_a_question_has_the_same_answer_with_and_without_a_stream(self):
        with Repository() as repository:
            answers = []
            for how in ("--stream", "--no-stream"):
                printed, history = repository.aider("What does main.py print? Answer in one sentence.", "--chat-mode", "ask", how, "main.py")
                answers.append(self.check_answer(printed, history))
                record = latest_request()
                self.assertEqual((record["status"], record["stream"]), (200, how == "--stream"))
            self.assertEqual(answers[0], answers[1])

    def test_a_wrong_key_is_said(self):
        with Repository() as repository:
            printed, _ = repository.aider("Hello", "--chat-mode", "ask", key="wrong")
            self.assertIn("Unauthorized", printed)


class AiderEdits(unittest.TestCase):
    def setUp(self):
        await_key()

    def test_a_file_is_edited_and_committed(self):
        with Repository() as repository:
            printed, _ = repository.aider('In greet.py, replace the word "Hello" by "Good morning".', "greet.py")
            self.assertIn('return "Good morning " + name', (repository.place.work / "greet.py").read_text(), printed)
            self.assertIn("Applied edit to greet.py", printed)
            self.assertEqual(repository.git("status", "--porcelain", "--untracked-files=no"), "")
            self.assertIn("greet.py", repository.git("show", "--name-only", "--format="))
