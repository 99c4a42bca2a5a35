"""Makes the golden files of the chat templates with Python's jinja2, set up as transformers sets it up.

    pip install jinja2==3.1.6 && python make.py [folder with the GGUF models]

snippets.json: every line of snippets.txt (a backslash at a line's end joins the next line).
matrix.json: the snippets of matrix.py, rendered likewise.
rendered.json: every template here and, where the models are at hand, those inside the GGUF files, with every
conversation of conversations.json.
"""

import datetime
import json
import pathlib
import struct
import sys

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.sandbox import ImmutableSandboxedEnvironment

import matrix

HERE = pathlib.Path(__file__).parent
NOW = datetime.datetime(2026, 7, 4, 12, 34, 56)


class Generation(Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return nodes.Scope(body, lineno=line)


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


ENVIRONMENT = ImmutableSandboxedEnvironment(
    trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols]
)
ENVIRONMENT.filters["tojson"] = tojson
ENVIRONMENT.globals["raise_exception"] = raise_exception
ENVIRONMENT.globals["strftime_now"] = NOW.strftime


def outcome(source, variables):
    try:
        return {"ok": ENVIRONMENT.from_string(source).render(variables)}
    except Exception as error:  # whatever it is, ours must be an error too
        return {"error": f"{type(error).__name__}: {error}"}


def gguf_template(path):
    """Finds tokenizer.chat_template by its key: a string of type 8 with a length of 64 bits."""
    data = path.read_bytes()[: 32 << 20]
    at = data.index(b"tokenizer.chat_template") + len("tokenizer.chat_template")
    kind, length = struct.unpack_from("<IQ", data, at)
    assert kind == 8
    return data[at + 12 : at + 12 + length].decode()


def write(name, value):
    (HERE / name).write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def write_matrix(variables):
    """One line a snippet: [source, what it gives], or [source] where it is an error."""
    rows = []
    for source in matrix.snippets():
        given = outcome(source, variables)
        # Left out is what shows Python's insides: addresses in memory, methods, complex numbers.
        if not any(inside in given.get("ok", "") for inside in [" at 0x", "<bound method", "j)"]):
            rows.append(json.dumps([source, given["ok"]] if "ok" in given else [source], ensure_ascii=False))
    (HERE / "matrix.json").write_text("[\n" + ",\n".join(rows) + "\n]\n")


def main():
    conversations = json.loads((HERE / "conversations.json").read_text())
    sample = conversations["tools"]
    variables = {"messages": sample["messages"], "tool": sample["tools"][0]}
    lines = (HERE / "snippets.txt").read_text().replace("\\\n", "\0").splitlines()
    snippets = [line.replace("\0", "\\\n") for line in lines]
    write("snippets.json", [{"source": s, **outcome(s, variables)} for s in snippets])

    write_matrix(variables)

    rendered = json.loads((HERE / "rendered.json").read_text()) if (HERE / "rendered.json").exists() else {}
    sources = {path.name: path.read_text() for path in sorted(HERE.glob("*.jinja"))}
    models = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else None
    for model in ["smollm2-135m.gguf", "qwen2.5-coder-0.5b.gguf"]:
        if models and (models / model).exists():
            sources[model] = gguf_template(models / model)
    for name, source in sources.items():
        rendered[name] = {
            key: outcome(
                source,
                {"add_generation_prompt": True, "bos_token": "<s>", "eos_token": "</s>"} | conversation,
            )
            for key, conversation in conversations.items()
        }
    write("rendered.json", rendered)


main()
