"""The official client under either of its two import paths, and what every test asks of it."""

import os

try:
    from mistralai import Mistral, models as errors  # 1.x
except ImportError:
    from mistralai.client import Mistral, errors  # 2.x and 3.x

SDKError = errors.SDKError
HTTPValidationError = errors.HTTPValidationError

URL = os.environ["TRAMONTANE_URL"]
KEY = os.environ["TRAMONTANE_KEY"]
MODEL = "mistral-small-latest"
QUESTION = [{"role": "user", "content": "Who is the best French painter? Answer in one short sentence."}]


def connect(key=KEY):
    return Mistral(api_key=key, server_url=URL)


def complete(messages=QUESTION, **settings):
    """A short greedy answer unless the settings say otherwise."""
    with connect() as client:
        return client.chat.complete(**{"model": MODEL, "messages": messages, "temperature": 0, "max_tokens": 40, **settings})


def stream(messages=QUESTION, **settings):
    with connect() as client:
        events = client.chat.stream(**{"model": MODEL, "messages": messages, "temperature": 0, "max_tokens": 40, **settings})
        return [event.data for event in events]


def text(answer, choice=0):
    return answer.choices[choice].message.content


def streamed_text(chunks, choice=0):
    return "".join(c.delta.content or "" for chunk in chunks for c in chunk.choices if c.index == choice)
