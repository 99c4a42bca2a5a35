"""Packs a Python wheel: the tree of the packages, and a console script that replaces Python by it.

    wheel.py TREE VERSION ARCHITECTURE DIRECTORY

Written with the standard library alone: no build system of Python's packs a tree that it did not make with the same bytes each time.
"""

import base64
import hashlib
import os
import re
import sys
import time
import zipfile
from pathlib import Path

STARTER = '''"""Tramontane: Mistral's Chat Completion API on your own machine. The program lies in app/; it is not written in Python."""

import os
import sys
from pathlib import Path

PROGRAM = Path(__file__).with_name("app") / "bin" / "tramontane"


def main():
    os.execv(PROGRAM, [str(PROGRAM), *sys.argv[1:]])
'''

METADATA = """Metadata-Version: 2.1
Name: tramontane
Version: {version}
Summary: Mistral's Chat Completion API on your own machine, with an inference engine of its own
License: Apache-2.0
Classifier: License :: OSI Approved :: Apache Software License
Classifier: Operating System :: POSIX :: Linux
Requires-Python: >=3.8
Description-Content-Type: text/markdown

`tramontane serve` answers on http://127.0.0.1:8000. The wheel brings its own Java runtime and needs no other package.
"""


def newest_glibc(tree):
    """The C library that the programs ask for, found among the versions of their symbols."""
    asked = {(2, 17)}
    for file in tree.rglob("*"):
        if file.is_file() and not file.suffix == ".jar":
            content = file.read_bytes()
            if content[:4] == b"\x7fELF":
                asked |= {(2, int(minor)) for minor in re.findall(rb"\0GLIBC_2\.(\d+)(?=[.\0])", content)}
    return "{}_{}".format(*max(asked))


class Wheel:
    def __init__(self, path):
        self.zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        self.moment = time.gmtime(int(os.environ["SOURCE_DATE_EPOCH"]))[:6]
        self.record = []

    def add(self, name, content, mode=0o644):
        entry = zipfile.ZipInfo(name, self.moment)
        entry.external_attr = (0o100000 | mode) << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.create_system = 3
        self.zip.writestr(entry, content)
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
        self.record.append(f"{name},sha256={digest},{len(content)}")

    def close(self, record):
        self.record.append(f"{record},,")
        self.zip.writestr(zipfile.ZipInfo(record, self.moment), "\n".join(self.record) + "\n", zipfile.ZIP_DEFLATED)
        self.zip.close()


def main(tree, version, architecture, directory):
    tree = Path(tree)
    tag = f"py3-none-manylinux_{newest_glibc(tree)}_{architecture}"
    info = f"tramontane-{version}.dist-info"
    wheel = Wheel(Path(directory) / f"tramontane-{version}-{tag}.whl")
    wheel.add("tramontane/__init__.py", STARTER.encode())
    wheel.add("tramontane/__main__.py", b"from tramontane import main\n\nmain()\n")
    for file in sorted(tree.rglob("*")):
        if file.is_file():
            wheel.add(f"tramontane/app/{file.relative_to(tree)}", file.read_bytes(), file.stat().st_mode & 0o777)
    wheel.add(f"{info}/METADATA", METADATA.format(version=version).encode())
    wheel.add(f"{info}/WHEEL", f"Wheel-Version: 1.0\nGenerator: tramontane\nRoot-Is-Purelib: false\nTag: {tag}\n".encode())
    wheel.add(f"{info}/entry_points.txt", b"[console_scripts]\ntramontane = tramontane:main\n")
    wheel.close(f"{info}/RECORD")


main(*sys.argv[1:])
