"""pydantic-ai, whose base URL has no /v1: base_url="http://127.0.0.1:8000"."""

import unittest

from pydantic_ai import Agent, ModelHTTPError, ModelRetry, PromptedOutput
from pydantic_ai.messages import (
    ModelRequest,
    ModelResponse,
    SystemPromptPart,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models.mistral import MistralModel
from pydantic_ai.providers.mistral import MistralProvider

from place import City, FACTS, KEY, MODEL, QUESTION, REPORT, URL, WEATHER

GREEDY = {"temperature": 0, "max_tokens": 60}


def model(name=MODEL, key=KEY):
    return MistralModel(name, provider=MistralProvider(api_key=key, base_url=URL))


def one_call(context):
    """Settings that force a call in the first step and forbid one afterwards, so that any model ends the round."""
    return {**GREEDY, "tool_choice": "required" if context.run_step <= 1 else "none"}


def weather_agent(settings):
    agent = Agent(model(), model_settings=settings, system_prompt="Answer with the help of the tool.")

    @agent.tool_plain
    def get_weather(city: str) -> str:
        """Tells the weather in a city.

        Args:
            city: the name of the city
        """
        return REPORT

    return agent


class PydanticAi(unittest.IsolatedAsyncioTestCase):
    async def test_an_answer_has_text_and_usage(self):
        result = await Agent(model(), model_settings=GREEDY, instructions="Be terse.").run(QUESTION)
        self.assertTrue(result.output.strip())
        self.assertGreater(result.usage.input_tokens, 0)
        self.assertGreater(result.usage.output_tokens, 0)
        self.assertIn(result.response.finish_reason, ("stop", "length"))

    async def test_the_stream_says_what_the_answer_says(self):
        agent = Agent(model(), model_settings=GREEDY)
        async with agent.run_stream(QUESTION) as result:
            parts = [part async for part in result.stream_text(delta=True, debounce_by=None)]
        self.assertGreater(len(parts), 1)
        self.assertEqual("".join(parts), (await agent.run(QUESTION)).output)

    async def test_a_tool_is_called_and_its_result_is_read(self):
        result = await weather_agent(one_call).run(WEATHER)
        self.check_round(result.all_messages())
        self.assertTrue(result.output.strip())

    async def test_a_tool_is_called_in_a_stream(self):
        async with weather_agent(one_call).run_stream(WEATHER) as result:
            self.assertTrue((await result.get_output()).strip())
        self.check_round(result.all_messages())

    def check_round(self, messages):
        parts = [part for message in messages for part in message.parts]
        calls = [part for part in parts if isinstance(part, ToolCallPart)]
        results = [part for part in parts if isinstance(part, ToolReturnPart)]
        self.assertTrue(calls)
        self.assertEqual([call.tool_call_id for call in calls], [result.tool_call_id for result in results])
        for call in calls:
            self.assertEqual(call.tool_name, "get_weather")
            self.assertEqual(list(call.args_as_dict()), ["city"])

    async def test_a_record_comes_by_tool_and_by_prompt(self):
        for output in (City, PromptedOutput(City)):
            agent = Agent(model(), output_type=output, model_settings={**GREEDY, "max_tokens": 150})
            self.assertIsInstance((await agent.run(FACTS)).output, City)

    async def test_a_record_comes_in_a_stream(self):
        agent = Agent(model(), output_type=City, model_settings={**GREEDY, "max_tokens": 150})
        async with agent.run_stream(FACTS) as result:
            last = [city async for city in result.stream_output(debounce_by=None)][-1]
        self.assertIsInstance(last, City)

    async def test_a_refused_record_is_asked_for_again(self):
        # By prompt, the second request ends with an assistant's message, the complaint and the instructions.
        for output in (City, PromptedOutput(City)):
            agent = Agent(model(), output_type=output, model_settings={**GREEDY, "max_tokens": 150}, retries=2)
            seen = []

            @agent.output_validator
            def refuse_the_first(city: City) -> City:
                seen.append(city)
                if len(seen) == 1:
                    raise ModelRetry("Give the population in thousands.")
                return city

            self.assertIsInstance((await agent.run(FACTS)).output, City)
            self.assertGreater(len(seen), 1)

    async def test_a_system_message_may_come_late(self):
        history = [ModelRequest(parts=[UserPromptPart("Hello")]), ModelResponse(parts=[TextPart("Hi, how are you?")])]
        agent = Agent(model(), model_settings=GREEDY)
        for last in ([SystemPromptPart("Answer in capitals.")], [SystemPromptPart("Be terse."), UserPromptPart("Name a colour.")]):
            result = await agent.run(message_history=[*history, ModelRequest(parts=last)])
            self.assertTrue(result.output.strip())

    async def test_a_conversation_goes_on(self):
        agent = Agent(model(), model_settings=GREEDY)
        first = await agent.run("My name is Ada.")
        second = await agent.run("What is my name?", message_history=first.all_messages())
        self.assertTrue(second.output.strip())

    async def test_errors_have_their_status_and_words(self):
        cases = (
            (400, "Invalid model: nobody", model("nobody"), GREEDY),
            (401, "Unauthorized", model(key="wrong"), GREEDY),
            (422, "temperature", model(), {"temperature": 9}),
        )
        for status, words, at, settings in cases:
            with self.assertRaises(ModelHTTPError) as caught:
                await Agent(at, model_settings=settings).run(QUESTION)
            self.assertEqual(caught.exception.status_code, status)
            self.assertIn(words, str(caught.exception.body))
