"""instructor over the official client; the base URL is that client's, without /v1."""

import asyncio
import unittest

import instructor
from instructor.core.exceptions import InstructorRetryException
from mistralai.client import Mistral
from pydantic import field_validator

from place import City, FACTS, KEY, MODEL, URL

MODES = (instructor.Mode.TOOLS, instructor.Mode.JSON_SCHEMA, instructor.Mode.MD_JSON)
ASKED = {
    "model": MODEL,
    "temperature": 0,
    "max_tokens": 150,
    "max_retries": 1,
    "messages": [{"role": "user", "content": FACTS}],
}


def client(mode=instructor.Mode.TOOLS, key=KEY, **settings):
    return instructor.from_mistral(Mistral(api_key=key, server_url=URL), mode=mode, **settings)


class Instructor(unittest.TestCase):
    def test_a_record_comes_whole_with_its_usage(self):
        for mode in MODES:
            city, answer = client(mode).chat.completions.create_with_completion(response_model=City, **ASKED)
            self.assertIsInstance(city, City)
            self.assertGreater(answer.usage.completion_tokens, 0)

    def test_a_record_grows_in_a_stream(self):
        for mode in MODES:
            parts = list(client(mode).chat.completions.create_partial(response_model=City, **ASKED))
            # A call's arguments come in one piece, text comes token by token.
            self.assertGreater(len(parts), 0 if mode is instructor.Mode.TOOLS else 1)
            City.model_validate(parts[-1].model_dump())

    def test_a_list_comes_item_by_item(self):
        asked = {**ASKED, "max_tokens": 300, "messages": [{"role": "user", "content": "List the cities Paris, Rome and Madrid."}]}
        for mode in (instructor.Mode.TOOLS, instructor.Mode.JSON_SCHEMA):
            cities = list(client(mode).chat.completions.create_iterable(response_model=City, **asked))
            self.assertTrue(cities)
            self.assertTrue(all(isinstance(city, City) for city in cities))

    def test_asynchronous_calls_give_a_record(self):
        asynchronous = client(use_async=True)
        self.assertIsInstance(asyncio.run(asynchronous.chat.completions.create(response_model=City, **ASKED)), City)

    def test_a_refused_record_is_asked_for_again(self):
        for mode in MODES:
            seen = []

            class Checked(City):
                @field_validator("population")
                @classmethod
                def refuse_the_first(cls, people):
                    seen.append(people)
                    if len(seen) == 1:
                        raise ValueError("give the population in thousands")
                    return people

            city = client(mode).chat.completions.create(response_model=Checked, **{**ASKED, "max_retries": 3})
            self.assertIsInstance(city, Checked)
            self.assertGreater(len(seen), 1)

    def test_errors_name_their_cause(self):
        for words, key, settings in (("Invalid model: nobody", KEY, {"model": "nobody"}), ("Unauthorized", "wrong", {})):
            with self.assertRaises(InstructorRetryException) as caught:
                client(key=key).chat.completions.create(response_model=City, **{**ASKED, **settings})
            self.assertIn(words, str(caught.exception))
