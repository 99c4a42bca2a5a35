"""smolagents' OpenAIModel, on a server with --openai-fields; the base URL has the /v1."""

import unittest

from smolagents import CodeAgent, OpenAIModel, ToolCallingAgent, tool
from smolagents.models import ChatMessage, MessageRole

from place import KEY, MODEL, QUESTION, REPORT, URL, WEATHER


def model(**settings):
    fixed = {"model_id": MODEL, "api_base": URL + "/v1", "api_key": KEY, "temperature": 0, "max_completion_tokens": 100, "seed": 1}
    return OpenAIModel(**{**fixed, **settings})


def said(text):
    return [ChatMessage(role=MessageRole.USER, content=text)]


@tool
def get_weather(city: str) -> str:
    """Tells the weather in a city.

    Args:
        city: The name of the city.
    """
    return REPORT


class SmolAgents(unittest.TestCase):
    def test_an_answer_has_text_and_usage(self):
        answer = model().generate(said(QUESTION))
        self.assertTrue(answer.content.strip())
        self.assertGreater(answer.token_usage.output_tokens, 0)

    def test_the_stream_says_what_the_answer_says_and_has_the_usage(self):
        answer = model().generate(said(QUESTION))
        deltas = list(model().generate_stream(said(QUESTION)))
        self.assertEqual("".join(delta.content or "" for delta in deltas), answer.content)
        self.assertEqual(
            sum(delta.token_usage.output_tokens for delta in deltas if delta.token_usage), answer.token_usage.output_tokens
        )

    def test_a_tool_is_called(self):
        for stream in (False, True):
            asked = {"messages": said(WEATHER), "tools_to_call_from": [get_weather]}
            if stream:
                calls = [call for delta in model().generate_stream(**asked) for call in delta.tool_calls or []]
            else:
                calls = model().generate(**asked).tool_calls
            self.assertEqual([call.function.name for call in calls][:1], ["get_weather"])

    def test_agents_take_their_steps(self):
        # A small model may end its run at the limit of steps; each step must have reached the server and come back.
        for agent in (
            ToolCallingAgent(tools=[get_weather], model=model(), max_steps=2, verbosity_level=0),
            CodeAgent(tools=[get_weather], model=model(), max_steps=1, verbosity_level=0, stream_outputs=True),
        ):
            self.assertTrue(str(agent.run(WEATHER)).strip())
            self.assertTrue([step for step in agent.memory.steps if getattr(step, "token_usage", None)])
            self.assertNotIn("Error in generating model output", str(agent.memory.steps))
