"""litellm's mistral/ provider; its base URL has the /v1: api_base="http://127.0.0.1:8000/v1"."""

import asyncio
import json
import unittest

import litellm

from place import City, FACTS, KEY, MODEL, QUESTION, REPORT, TOOL, URL, WEATHER, holds_calls, said


def settings(**changed):
    fixed = {
        "model": "mistral/" + MODEL,
        "api_base": URL + "/v1",
        "api_key": KEY,
        "temperature": 0,
        "max_tokens": 60,
        "num_retries": 0,
        "messages": said(QUESTION),
    }
    return {**fixed, **changed}


def complete(**changed):
    return litellm.completion(**settings(**changed))


class LiteLlm(unittest.TestCase):
    def test_an_answer_has_text_usage_and_an_end(self):
        answer = complete()
        self.assertTrue(answer.choices[0].message.content.strip())
        self.assertIn(answer.choices[0].finish_reason, ("stop", "length"))
        self.assertEqual(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens)

    def test_the_streams_say_what_the_answer_says(self):
        async def parts():
            return [chunk async for chunk in await litellm.acompletion(**settings(stream=True))]

        answer = complete()
        for chunks in (list(complete(stream=True)), asyncio.run(parts())):
            whole = litellm.stream_chunk_builder(chunks)
            self.assertGreater(len(chunks), 1)
            self.assertEqual(whole.choices[0].message.content, answer.choices[0].message.content)
            self.assertEqual(whole.choices[0].finish_reason, answer.choices[0].finish_reason)
        last = list(complete(stream=True, stream_options={"include_usage": True}))[-1]
        self.assertEqual(last.usage.completion_tokens, answer.usage.completion_tokens)

    def test_a_tool_is_called_and_its_result_is_read(self):
        for choice in ("any", "required", {"type": "function", "function": {"name": "get_weather"}}):
            first = complete(messages=said(WEATHER), tools=[TOOL], tool_choice=choice)
            self.assertEqual(first.choices[0].finish_reason, "tool_calls")
            message = first.choices[0].message
            results = []
            for call in message.tool_calls:
                self.assertEqual(call.function.name, "get_weather")
                self.assertEqual(list(json.loads(call.function.arguments)), ["city"])
                results.append({"role": "tool", "tool_call_id": call.id, "name": "get_weather", "content": REPORT})
            last = complete(messages=[*said(WEATHER), message, *results], tools=[TOOL], tool_choice="none")
            text = last.choices[0].message.content
            self.assertTrue(text.strip())
            self.assertFalse(holds_calls(text), text)

    def test_a_call_comes_in_a_stream(self):
        chunks = list(complete(messages=said(WEATHER), tools=[TOOL], tool_choice="required", stream=True))
        choice = litellm.stream_chunk_builder(chunks).choices[0]
        self.assertEqual(choice.finish_reason, "tool_calls")
        self.assertEqual(list(json.loads(choice.message.tool_calls[0].function.arguments)), ["city"])

    def test_records_and_objects_come_as_json(self):
        record = complete(messages=said(FACTS), response_format=City, max_tokens=150)
        City.model_validate_json(record.choices[0].message.content)
        object_ = complete(messages=said(FACTS + " Answer in JSON."), response_format={"type": "json_object"}, max_tokens=150)
        self.assertIsInstance(json.loads(object_.choices[0].message.content), dict)

    def test_a_seed_and_a_limit_reach_the_server(self):
        sampled = {"seed": 3, "temperature": 1.2}
        self.assertEqual(complete(**sampled).choices[0].message.content, complete(**sampled).choices[0].message.content)
        self.assertEqual(complete(max_tokens=None, max_completion_tokens=5).usage.completion_tokens, 5)

    def test_a_system_message_may_come_late(self):
        history = [*said("Hello"), {"role": "assistant", "content": "Hi."}, {"role": "system", "content": "Be terse."}]
        for messages in (history, [*history, *said("Name a colour.")]):
            self.assertTrue(complete(messages=messages).choices[0].message.content.strip())

    def test_errors_have_their_own_classes(self):
        for error, words, changed in (
            (litellm.BadRequestError, "Invalid model: nobody", {"model": "mistral/nobody"}),
            (litellm.AuthenticationError, "Unauthorized", {"api_key": "wrong"}),
            (litellm.BadRequestError, "temperature", {"temperature": 9}),
        ):
            for stream in (False, True):
                with self.assertRaises(error) as caught:
                    list(complete(stream=stream, **changed))
                self.assertIn(words, str(caught.exception))
