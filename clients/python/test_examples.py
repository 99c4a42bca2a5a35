"""Runs examples/ as a reader would, and holds them against the page they come from."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
PAGE = pathlib.Path(os.environ.get("TRAMONTANE_SHARED", ROOT.parent / "shared")) / "contract" / "page.txt"
CHANGED = ("key", "url")


def run(*command, cwd=ROOT):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(f"{command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


class Examples(unittest.TestCase):
    def test_curl(self):
        answer = json.loads(run("sh", "examples/chat.sh"))
        self.assertEqual(answer["model"], "mistral-large-latest")
        self.assertTrue(answer["choices"][0]["message"]["content"])

    def test_python(self):
        self.assertIn("finish_reason", run(sys.executable, "examples/chat.py"))

    def test_java(self):
        lines = [line for line in run("java", "examples/Chat.java").splitlines() if line]
        self.assertEqual(lines[-1], "data: [DONE]")
        chunks = [json.loads(line.removeprefix("data: ")) for line in lines[:-1] if not line.startswith(":")]
        self.assertTrue("".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks).strip())

    @unittest.skipUnless(shutil.which("npx"), "npx is missing: install Node.js 20 or newer")
    def test_typescript(self):
        # Imports are looked up from the file's own folder, so it runs as a copy beside the installed client.
        home = pathlib.Path(os.environ["TRAMONTANE_NODE"])
        copy = shutil.copy(EXAMPLES / "chat.ts", home / "example.ts")
        self.assertIn("finishReason", run("npx", "--no-install", "tsx", str(copy), cwd=home))

    @unittest.skipUnless(PAGE.exists(), "the page is not here: no shared directory beside the repository")
    def test_only_the_url_and_the_key_differ_from_the_page(self):
        page = {line.strip() for line in PAGE.read_text().splitlines()}
        for name, comment in (("chat.sh", "#"), ("chat.py", "#"), ("chat.ts", "//")):
            ours = [line.strip() for line in (EXAMPLES / name).read_text().splitlines()]
            ours = [line for line in ours if line and not line.startswith((comment, "# "))]
            differing = [line for line in ours if line not in page]
            self.assertTrue(differing, name)
            for line in differing:
                self.assertTrue(any(word in line.lower() for word in CHANGED), f"{name}: {line}")
