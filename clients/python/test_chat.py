"""The official Python client against a running server: TRAMONTANE_URL and TRAMONTANE_KEY say where."""

import asyncio
import unittest

from client import HTTPValidationError, MODEL, QUESTION, SDKError, complete, connect, stream, streamed_text, text

EMOJI = [
    {"role": "user", "content": "Repeat the party emoji for ever."},
    {"role": "assistant", "content": "🎉🎉🎉👩‍🚀🎉🎉🎉👩‍🚀🎉", "prefix": True},
]


class Answers(unittest.TestCase):
    def test_a_plain_answer_has_every_documented_part(self):
        answer = complete()
        self.assertEqual(answer.object, "chat.completion")
        self.assertEqual(answer.model, MODEL)
        self.assertTrue(answer.id)
        self.assertGreater(answer.created, 1_700_000_000)
        self.assertEqual([choice.index for choice in answer.choices], [0])
        self.assertIn(answer.choices[0].finish_reason, ("stop", "length"))
        self.assertEqual(answer.choices[0].message.role, "assistant")
        self.assertTrue(text(answer).strip())
        usage = answer.usage
        self.assertEqual(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens)

    def test_the_stream_says_what_the_plain_answer_says(self):
        chunks = stream()
        self.assertEqual(streamed_text(chunks), text(complete()))
        self.assertEqual(chunks[0].choices[0].delta.role, "assistant")
        self.assertEqual({chunk.object for chunk in chunks}, {"chat.completion.chunk"})
        self.assertEqual(len({chunk.id for chunk in chunks}), 1)
        self.assertIn(chunks[-1].choices[0].finish_reason, ("stop", "length"))
        self.assertEqual(sum(1 for chunk in chunks if chunk.choices[0].finish_reason), 1)
        self.assertEqual(chunks[-1].usage.completion_tokens, complete().usage.completion_tokens)

    def test_asynchronous_calls_give_the_same_text(self):
        async def both():
            async with connect() as client:
                settings = {"model": MODEL, "messages": QUESTION, "temperature": 0, "max_tokens": 40}
                plain = await client.chat.complete_async(**settings)
                chunks = [event.data async for event in await client.chat.stream_async(**settings)]
                return text(plain), streamed_text(chunks)

        plain, streamed = asyncio.run(both())
        self.assertEqual(plain, streamed)
        self.assertEqual(plain, text(complete()))

    def test_a_conversation_with_a_system_message_is_answered(self):
        answer = complete(
            [
                {"role": "system", "content": "You are terse."},
                {"role": "user", "content": "My name is Ada."},
                {"role": "assistant", "content": "Hello Ada."},
                {"role": "user", "content": [{"type": "text", "text": "What is my name?"}]},
            ]
        )
        self.assertTrue(text(answer).strip())

    def test_emoji_across_token_borders_come_out_whole(self):
        chunks = stream(EMOJI)
        streamed = streamed_text(chunks)
        self.assertEqual(streamed, text(complete(EMOJI)))
        # Where max_tokens cuts a character in two, its half is one replacement character, at the very end.
        self.assertNotIn("\ufffd", streamed[:-1] if chunks[-1].choices[0].finish_reason == "length" else streamed)
        self.assertGreater(streamed.count("🎉"), EMOJI[1]["content"].count("🎉"))


class Parameters(unittest.TestCase):
    def test_max_tokens_ends_the_answer_with_length(self):
        answer = complete(max_tokens=5)
        self.assertEqual(answer.usage.completion_tokens, 5)
        self.assertEqual(answer.choices[0].finish_reason, "length")

    def test_stop_cuts_before_the_words_given(self):
        whole = text(complete())
        word = whole.split()[3]
        for stop in (word, ["never seen in any answer", word]):
            for answer, reason in (
                (text(complete(stop=stop)), complete(stop=stop).choices[0].finish_reason),
                (streamed_text(stream(stop=stop)), stream(stop=stop)[-1].choices[0].finish_reason),
            ):
                self.assertEqual(answer, whole[: whole.index(word)])
                self.assertEqual(reason, "stop")

    def test_the_same_seed_gives_the_same_text_and_others_differ(self):
        def sampled(seed):
            return text(complete(temperature=1.2, random_seed=seed))

        self.assertEqual(sampled(7), sampled(7))
        self.assertEqual(streamed_text(stream(temperature=1.2, random_seed=7)), sampled(7))
        self.assertGreater(len({sampled(seed) for seed in (1, 2, 3)}), 1)

    def test_n_answers_cost_one_prompt(self):
        settings = {"n": 3, "temperature": 1.2, "random_seed": 5}
        answer = complete(**settings)
        self.assertEqual([choice.index for choice in answer.choices], [0, 1, 2])
        self.assertEqual(answer.usage.prompt_tokens, complete().usage.prompt_tokens)
        self.assertGreater(len({text(answer, i) for i in range(3)}), 1)
        chunks = stream(**settings)
        for i in range(3):
            self.assertEqual(streamed_text(chunks, i), text(answer, i))
        self.assertEqual(sum(1 for chunk in chunks for c in chunk.choices if c.finish_reason), 3)
        self.assertEqual(sum(1 for chunk in chunks if chunk.usage and chunk.usage.total_tokens), 1)

    def test_an_answer_goes_on_from_its_prefix_and_repeats_it(self):
        messages = [*QUESTION, {"role": "assistant", "content": "The best one is Claude", "prefix": True}]
        answer = complete(messages)
        self.assertTrue(text(answer).startswith("The best one is Claude"))
        self.assertGreater(len(text(answer)), len("The best one is Claude"))
        self.assertEqual(streamed_text(stream(messages)), text(answer))

    def test_penalties_change_a_repeating_answer(self):
        asked = [
            {"role": "user", "content": "Write the word yes fifty times."},
            {"role": "assistant", "content": "yes yes yes yes yes yes yes yes", "prefix": True},
        ]
        self.assertNotEqual(text(complete(asked)), text(complete(asked, frequency_penalty=2.0)))
        sampled = {"temperature": 1.2, "random_seed": 1, "max_tokens": 80}
        self.assertNotEqual(text(complete(asked, **sampled)), text(complete(asked, **sampled, presence_penalty=2.0)))

    def test_safe_prompt_is_a_message_in_front(self):
        self.assertGreater(complete(safe_prompt=True).usage.prompt_tokens, complete().usage.prompt_tokens + 10)

    def test_a_prediction_changes_no_text(self):
        for settings in ({}, {"temperature": 1.2, "random_seed": 21}):
            plain = text(complete(**settings))
            for guess in (plain, plain.upper(), plain[len(plain) // 2 :]):
                settings["prediction"] = {"type": "content", "content": guess}
                self.assertEqual(text(complete(**settings)), plain)
                self.assertEqual(streamed_text(stream(**settings)), plain)

    def test_forms_that_ask_for_nothing_pass(self):
        settings = {"response_format": {"type": "text"}, "tool_choice": "auto", "prediction": {"type": "content", "content": ""}}
        self.assertEqual(text(complete(**settings)), text(complete()))


class Errors(unittest.TestCase):
    def test_every_fault_is_listed_at_once(self):
        with self.assertRaises(HTTPValidationError) as caught:
            complete(temperature=9.0, top_p=0.0, n=0)
        faults = {tuple(fault.loc) for fault in caught.exception.data.detail}
        self.assertLessEqual({("body", "temperature"), ("body", "top_p"), ("body", "n")}, faults)

    def check(self, status, words, call):
        with self.assertRaises(SDKError) as caught:
            call()
        self.assertEqual(caught.exception.status_code, status)
        for word in words:
            self.assertIn(word, caught.exception.body)

    def test_an_unknown_model_is_named(self):
        self.check(400, ["Invalid model: nobody", '"1500"'], lambda: complete(model="nobody"))

    def test_a_wrong_order_of_messages_is_refused(self):
        self.check(400, ['"3230"'], lambda: complete([*QUESTION, {"role": "assistant", "content": "Monet."}]))

    def test_a_wrong_key_is_unauthorized(self):
        def call():
            with connect("wrong") as client:
                client.chat.complete(model=MODEL, messages=QUESTION)

        self.check(401, ["Unauthorized"], call)

    def test_a_stream_fails_before_it_begins(self):
        self.check(400, ['"1500"'], lambda: stream(model="nobody"))

    def test_more_tokens_than_the_context_holds_are_refused_with_the_counts(self):
        prompt = str(complete().usage.prompt_tokens)
        self.check(400, [prompt, "10000000"], lambda: complete(max_tokens=10_000_000))


class Models(unittest.TestCase):
    def test_models_are_listed_and_found(self):
        with connect() as client:
            cards = client.models.list().data
            self.assertTrue(cards)
            for card in cards:
                found = client.models.retrieve(model_id=card.id)
                self.assertEqual(found.id, card.id)
                self.assertTrue(found.capabilities.completion_chat)
                self.assertGreater(found.max_context_length, 0)

