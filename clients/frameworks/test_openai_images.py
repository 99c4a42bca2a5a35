"""Images of OpenAI's client for Python and of LiteLLM's openai/, on a server with --openai-fields whose model reads them."""

import unittest

import litellm
import openai

from place import KEY, URL

# 64 x 32 red pixels are 3 x 2 cells of 28: 6 rows, a token between the two lines, and one at the end.
TOKENS = 8
RED = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAAEAAAAAgCAIAAAAt/+nTAAAANElEQVR42u3PQQkAAAgAsetfWjP4FAYrsKZeS0BAQEBAQEBAQEBAQEBAQEBAQEBAQEDgagEyw/hqT+fjVwAAAABJRU5ErkJggg=="
)
TEXT = {"type": "text", "text": "What is it?"}


def said(*images):
    return [{"role": "user", "content": [TEXT, *images]}]


def image(**more):
    return {"type": "image_url", "image_url": {"url": RED, **more}}


def tokens(complete):
    plain = complete(said()).usage.prompt_tokens
    return [complete(said(each)).usage.prompt_tokens - plain for each in (image(), image(detail="low"), image(detail="auto"))]


class OpenAiImages(unittest.TestCase):
    def test_openais_client_sends_images(self):
        client = openai.OpenAI(base_url=URL + "/v1", api_key=KEY, max_retries=0)

        def complete(messages):
            return client.chat.completions.create(model="mistral-small-latest", messages=messages, max_completion_tokens=12, seed=3)

        self.assertEqual(tokens(complete), [TOKENS] * 3)

    def test_litellm_sends_images(self):
        def complete(messages):
            return litellm.completion(
                model="openai/mistral-small-latest", api_base=URL + "/v1", api_key=KEY, messages=messages, max_tokens=12, num_retries=0
            )

        self.assertEqual(tokens(complete), [TOKENS] * 3)
