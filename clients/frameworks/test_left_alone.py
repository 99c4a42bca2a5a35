"""Agents that choose their calls themselves.

A small model may ask for the same call again until the limit, and the test lets it. What must not happen is that a
call comes as text: the agent would take it for the answer.
"""

import unittest

from langchain.agents import create_agent
from langchain_core.messages import AIMessage
from langgraph.errors import GraphRecursionError
from pydantic_ai import UsageLimitExceeded, UsageLimits, capture_run_messages
from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart

from place import WEATHER, holds_calls
from test_langchain import chat, get_weather
from test_pydantic_ai import GREEDY, weather_agent

LIMIT = 3


class LeftAlone(unittest.TestCase):
    def test_langgraph(self):
        agent = create_agent(chat(max_tokens=120), [get_weather], system_prompt="Answer with the help of the tool.")
        messages = []
        try:
            for state in agent.stream({"messages": [("user", WEATHER)]}, {"recursion_limit": 2 * LIMIT}, stream_mode="values"):
                messages = state["messages"]
        except GraphRecursionError:
            pass
        answers = [message for message in messages if isinstance(message, AIMessage)]
        self.check([answer.content for answer in answers], [call for answer in answers for call in answer.tool_calls])

    def test_pydantic_ai(self):
        with capture_run_messages() as messages:
            try:
                agent = weather_agent({**GREEDY, "max_tokens": 120})
                agent.run_sync(WEATHER, usage_limits=UsageLimits(request_limit=LIMIT))
            except UsageLimitExceeded:
                pass
        parts = [part for message in messages if isinstance(message, ModelResponse) for part in message.parts]
        self.check(
            [part.content for part in parts if isinstance(part, TextPart)],
            [part for part in parts if isinstance(part, ToolCallPart)],
        )

    def check(self, texts, calls):
        self.assertTrue(calls, texts)
        self.assertEqual([text for text in texts if holds_calls(text)], [])
