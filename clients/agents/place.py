"""A directory for an agent to work in, and its own configuration with the server's address in it."""

import os
import pathlib
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
URL = os.environ["TRAMONTANE_URL"]
SECRET = "zephyr"


class Place:
    """A home and a work directory that go away together. The configuration is the one the documentation shows."""

    def __init__(self, configuration, to):
        self.root = tempfile.TemporaryDirectory(prefix="tramontane-agent-", ignore_cleanup_errors=True)
        root = pathlib.Path(self.root.name).resolve()
        self.home, self.work = root / "home", root / "work"
        self.work.mkdir()
        (self.work / "notes.txt").write_text(f"The secret word is {SECRET}.\n")
        text = (HERE / configuration).read_text()
        target = root / to
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text.replace("http://127.0.0.1:8000", URL))

    def run(self, *command, **variables):
        """Runs to the end, whatever it takes, and gives status, output and complaints."""
        environment = {**os.environ, "HOME": str(self.home), "PWD": str(self.work), **{name: str(value) for name, value in variables.items()}}
        for name in [name for name in environment if name.startswith("XDG_")]:
            del environment[name]
        return subprocess.run(command, cwd=self.work, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.root.cleanup()
