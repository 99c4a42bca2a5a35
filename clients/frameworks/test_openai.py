"""OpenAI's client for Python, on a server with --openai-fields; the base URL has the /v1."""

import asyncio
import json
import unittest

import openai

from place import City, FACTS, KEY, MODEL, QUESTION, REPORT, TOOL, URL, WEATHER, holds_calls, said


def client(key=KEY, kind=openai.OpenAI):
    return kind(base_url=URL + "/v1", api_key=key, max_retries=0)


def settings(**changed):
    return {"model": MODEL, "temperature": 0, "max_completion_tokens": 60, "messages": said(QUESTION), **changed}


def complete(**changed):
    return client().chat.completions.create(**settings(**changed))


def joined(chunks):
    return "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)


class OpenAi(unittest.TestCase):
    def test_an_answer_has_text_usage_and_an_end(self):
        answer = complete(store=True, user="me", service_tier="flex", metadata={"a": "b"}, modalities=["text"])
        self.assertTrue(answer.choices[0].message.content.strip())
        self.assertIn(answer.choices[0].finish_reason, ("stop", "length"))
        self.assertEqual(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens)

    def test_the_streams_say_what_the_answer_says(self):
        async def parts():
            stream = await client(kind=openai.AsyncOpenAI).chat.completions.create(**settings(stream=True))
            return [chunk async for chunk in stream]

        answer = complete()
        for chunks in (list(complete(stream=True)), asyncio.run(parts())):
            self.assertGreater(len(chunks), 3)
            self.assertEqual(joined(chunks), answer.choices[0].message.content)
            self.assertEqual(chunks[-1].choices[0].finish_reason, answer.choices[0].finish_reason)

    def test_the_usage_comes_in_a_chunk_of_its_own(self):
        answer = complete()
        chunks = list(complete(stream=True, stream_options={"include_usage": True}))
        self.assertEqual(joined(chunks), answer.choices[0].message.content)
        self.assertEqual((chunks[-1].choices, chunks[-1].usage.completion_tokens), ([], answer.usage.completion_tokens))
        self.assertTrue(all(chunk.usage is None and chunk.choices for chunk in chunks[:-1]))
        chunks = list(complete(stream=True, stream_options={"include_usage": False}))
        self.assertTrue(all(chunk.usage is None for chunk in chunks))

    def test_a_seed_and_a_limit_hold(self):
        sampled = {"seed": 3, "temperature": 1.2}
        self.assertEqual(complete(**sampled).choices[0].message.content, complete(**sampled).choices[0].message.content)
        self.assertEqual(complete(max_completion_tokens=5).usage.completion_tokens, 5)
        self.assertEqual(complete(max_completion_tokens=50, max_tokens=5).usage.completion_tokens, 5)

    def test_a_developer_message_is_a_system_message(self):
        texts = [complete(messages=[*said("Answer in capitals.", role), *said(QUESTION)]) for role in ("developer", "system")]
        self.assertEqual(texts[0].usage.prompt_tokens, texts[1].usage.prompt_tokens)
        self.assertEqual(texts[0].choices[0].message.content, texts[1].choices[0].message.content)

    def test_choices_and_logprobs_come(self):
        answer = complete(n=2, temperature=1, logprobs=True, top_logprobs=2, max_completion_tokens=8)
        self.assertEqual([choice.index for choice in answer.choices], [0, 1])
        for choice in answer.choices:
            self.assertTrue(all(len(token.top_logprobs) == 2 and token.logprob <= 0 for token in choice.logprobs.content))

    def test_a_conversation_goes_on(self):
        first = complete().choices[0].message
        for echo in (first, first.model_dump()):
            answer = complete(messages=[*said(QUESTION), echo, *said("And the second best?")])
            self.assertTrue(answer.choices[0].message.content.strip())

    def test_a_tool_is_called_and_its_result_is_read(self):
        named = {"type": "function", "function": {"name": "get_weather"}}
        for choice in ("required", named):
            first = complete(messages=said(WEATHER), tools=[TOOL], tool_choice=choice).choices[0]
            self.assertEqual(first.finish_reason, "tool_calls")
            for echo in (first.message, first.message.model_dump()):
                messages = [*said(WEATHER), echo]
                for call in first.message.tool_calls:
                    self.assertEqual((call.type, call.function.name), ("function", "get_weather"))
                    self.assertEqual(list(json.loads(call.function.arguments)), ["city"])
                    messages.append({"role": "tool", "tool_call_id": call.id, "content": REPORT})
                last = complete(messages=messages, tools=[TOOL], tool_choice="none").choices[0].message
                self.assertTrue(last.content.strip())
                self.assertFalse(holds_calls(last.content), last.content)

    def test_a_call_comes_in_a_stream(self):
        asked = settings(messages=said(WEATHER), tools=[TOOL], tool_choice="required", parallel_tool_calls=False)
        with client().chat.completions.stream(**asked) as stream:
            done = [event for event in stream if event.type == "tool_calls.function.arguments.done"]
            choice = stream.get_final_completion().choices[0]
        self.assertEqual([event.name for event in done], ["get_weather"])
        self.assertEqual(choice.finish_reason, "tool_calls")
        self.assertEqual(list(json.loads(choice.message.tool_calls[0].function.arguments)), ["city"])

    def test_records_and_objects_come_as_json(self):
        asked = settings(messages=said(FACTS), response_format=City, max_completion_tokens=150)
        self.assertIsInstance(client().chat.completions.parse(**asked).choices[0].message.parsed, City)
        with client().chat.completions.stream(**asked) as stream:
            for _ in stream:
                pass
            self.assertIsInstance(stream.get_final_completion().choices[0].message.parsed, City)
        object_ = complete(
            messages=said(FACTS + " Answer in JSON."), response_format={"type": "json_object"}, max_completion_tokens=150
        )
        self.assertIsInstance(json.loads(object_.choices[0].message.content), dict)

    def test_a_record_comes_by_tool(self):
        tool = openai.pydantic_function_tool(City)
        asked = settings(messages=said(FACTS), tools=[tool], tool_choice="required", max_completion_tokens=150)
        call = client().chat.completions.parse(**asked).choices[0].message.tool_calls[0]
        self.assertIsInstance(call.function.parsed_arguments, City)

    def test_models_are_listed(self):
        names = [model.id for model in client().models.list()]
        self.assertEqual([client().models.retrieve(name).id for name in names], names)

    def test_errors_have_their_own_classes_and_words(self):
        for error, words, changed, key in (
            (openai.BadRequestError, "Invalid model: nobody", {"model": "nobody"}, KEY),
            (openai.AuthenticationError, "Unauthorized", {}, "wrong"),
            (openai.UnprocessableEntityError, "logit_bias is not supported", {"logit_bias": {"5": 1}}, KEY),
            (openai.UnprocessableEntityError, "seed: Input should be", {"seed": -1}, KEY),
        ):
            for stream in (False, True):
                with self.assertRaises(error) as caught:
                    client(key).chat.completions.create(**settings(stream=stream, **changed))
                self.assertIn(words, str(caught.exception))
                self.assertIn(words, caught.exception.body["message"])
