"""litellm's openai/ provider, on a server with --openai-fields; its base URL has the /v1."""

import asyncio
import json
import unittest

import litellm

from place import City, FACTS, KEY, MODEL, QUESTION, REPORT, TOOL, URL, WEATHER, holds_calls, said


def settings(**changed):
    fixed = {
        "model": "openai/" + MODEL,
        "api_base": URL + "/v1",
        "api_key": KEY,
        "temperature": 0,
        "max_completion_tokens": 60,
        "num_retries": 0,
        "max_retries": 0,
        "messages": said(QUESTION),
    }
    return {**fixed, **changed}


def complete(**changed):
    return litellm.completion(**settings(**changed))


class LiteLlmOpenAi(unittest.TestCase):
    def test_the_streams_say_what_the_answer_says(self):
        async def parts():
            return [chunk async for chunk in await litellm.acompletion(**settings(stream=True))]

        answer = complete()
        self.assertEqual(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens)
        for chunks in (list(complete(stream=True)), asyncio.run(parts())):
            whole = litellm.stream_chunk_builder(chunks)
            self.assertGreater(len(chunks), 1)
            self.assertEqual(whole.choices[0].message.content, answer.choices[0].message.content)
            self.assertEqual(whole.choices[0].finish_reason, answer.choices[0].finish_reason)
        last = list(complete(stream=True, stream_options={"include_usage": True}))[-1]
        self.assertEqual(last.usage.completion_tokens, answer.usage.completion_tokens)

    def test_a_tool_is_called_and_its_result_is_read(self):
        first = complete(messages=said(WEATHER), tools=[TOOL], tool_choice="required").choices[0].message
        self.assertTrue(first.tool_calls)
        messages = [*said(WEATHER), first]
        for call in first.tool_calls:
            self.assertEqual(list(json.loads(call.function.arguments)), ["city"])
            messages.append({"role": "tool", "tool_call_id": call.id, "name": "get_weather", "content": REPORT})
        last = complete(messages=messages, tools=[TOOL], tool_choice="none").choices[0].message
        self.assertTrue(last.content.strip())
        self.assertFalse(holds_calls(last.content), last.content)

    def test_a_call_comes_in_a_stream(self):
        chunks = list(complete(messages=said(WEATHER), tools=[TOOL], tool_choice="required", stream=True))
        choice = litellm.stream_chunk_builder(chunks).choices[0]
        self.assertEqual(choice.finish_reason, "tool_calls")
        self.assertEqual(list(json.loads(choice.message.tool_calls[0].function.arguments)), ["city"])

    def test_a_record_comes_as_json(self):
        record = complete(messages=said(FACTS), response_format=City, max_completion_tokens=150)
        City.model_validate_json(record.choices[0].message.content)

    def test_a_seed_holds(self):
        sampled = {"seed": 3, "temperature": 1.2, "user": "me", "n": 2}
        texts = [[choice.message.content for choice in complete(**sampled).choices] for _ in range(2)]
        self.assertEqual(texts[0], texts[1])
        self.assertEqual(len(texts[0]), 2)

    def test_errors_have_their_own_classes(self):
        for error, words, changed in (
            (litellm.BadRequestError, "Invalid model: nobody", {"model": "openai/nobody"}),
            (litellm.AuthenticationError, "Unauthorized", {"api_key": "wrong"}),
            (litellm.BadRequestError, "logit_bias is not supported", {"logit_bias": {"5": 1}}),
        ):
            for stream in (False, True):
                with self.assertRaises(error) as caught:
                    list(complete(stream=stream, **changed))
                self.assertIn(words, str(caught.exception))
