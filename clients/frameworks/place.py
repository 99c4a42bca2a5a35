"""Where the server is, and what every framework is asked: one question, one tool, one record."""

import json
import os

from pydantic import BaseModel

URL = os.environ["TRAMONTANE_URL"]
KEY = os.environ["TRAMONTANE_KEY"]
MODEL = "mistral-small-latest"
QUESTION = "Who is the best French painter? Answer in one short sentence."
WEATHER = "What is the weather in Paris?"
FACTS = "Paris is a city in France with 2000000 people. Describe it."
REPORT = "It is sunny, 21 degrees."
TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Tells the weather in a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


class City(BaseModel):
    """A city."""

    name: str
    country: str
    population: int


def said(content, role="user"):
    return [{"role": role, "content": content}]


def is_call(text):
    """True for a text that is a tool call and nothing else, which a client must get as a call."""
    try:
        value = json.loads(text)
    except ValueError:
        return False
    return isinstance(value, dict) and {"name", "arguments"} <= value.keys()


def holds_calls(text):
    """True for a text that consists of calls: one, several on lines of their own, or one in double braces."""
    bare = text.strip()
    if bare.startswith("{{") and bare.endswith("}}"):
        bare = bare[1:-1]
    return is_call(bare) or (bool(bare) and all(is_call(line) for line in bare.splitlines()))
