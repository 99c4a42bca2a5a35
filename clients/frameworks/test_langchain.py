"""langchain-mistralai and agents of langgraph; the base URL has the /v1: base_url="http://127.0.0.1:8000/v1"."""

import asyncio
import unittest

import httpx
from langchain.agents import create_agent
from langchain.agents.middleware import wrap_model_call
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from langchain_mistralai import ChatMistralAI

from place import City, FACTS, KEY, MODEL, QUESTION, REPORT, URL, WEATHER, holds_calls


def chat(**settings):
    fixed = {"model": MODEL, "api_key": KEY, "base_url": URL + "/v1", "temperature": 0, "max_tokens": 60, "max_retries": 1}
    return ChatMistralAI(**{**fixed, **settings})


@tool
def get_weather(city: str) -> str:
    """Tells the weather in a city."""
    return REPORT


def joined(chunks):
    whole = None
    for chunk in chunks:
        whole = chunk if whole is None else whole + chunk
    return whole


@wrap_model_call
def one_call(request, model):
    """Forces a call first and forbids one once a result is there, so that any model ends the round."""
    answered = any(isinstance(message, ToolMessage) for message in request.messages)
    return model(request.override(tool_choice="none" if answered else "any"))


class LangChain(unittest.TestCase):
    def test_an_answer_has_text_usage_and_an_end(self):
        answer = chat().invoke(QUESTION)
        self.assertTrue(answer.content.strip())
        self.assertIn(answer.response_metadata["finish_reason"], ("stop", "length"))
        usage = answer.usage_metadata
        self.assertEqual(usage["total_tokens"], usage["input_tokens"] + usage["output_tokens"])

    def test_the_streams_say_what_the_answer_says(self):
        async def parts():
            return [chunk async for chunk in chat().astream(QUESTION)]

        answer = chat().invoke(QUESTION)
        for chunks in (list(chat().stream(QUESTION)), asyncio.run(parts())):
            whole = joined(chunks)
            self.assertGreater(len(chunks), 1)
            self.assertEqual(whole.content, answer.content)
            self.assertEqual(whole.usage_metadata["output_tokens"], answer.usage_metadata["output_tokens"])
            self.assertEqual(whole.response_metadata["finish_reason"], answer.response_metadata["finish_reason"])

    def test_a_forced_tool_is_called_whole_and_streamed(self):
        for choice in ("any", "get_weather"):
            bound = chat().bind_tools([get_weather], tool_choice=choice)
            for answer in (bound.invoke(WEATHER), joined(bound.stream(WEATHER))):
                self.assertGreaterEqual(len(answer.tool_calls), 1)
                self.assertEqual(answer.invalid_tool_calls, [])
                for call in answer.tool_calls:
                    self.assertEqual((call["name"], list(call["args"])), ("get_weather", ["city"]))

    def test_no_call_comes_under_none(self):
        answer = chat().bind_tools([get_weather], tool_choice="none").invoke(WEATHER)
        self.assertEqual(answer.tool_calls, [])
        self.assertFalse(holds_calls(answer.content), answer.content)

    def test_a_record_comes_by_tool_and_by_schema(self):
        for method in ("function_calling", "json_schema"):
            model = chat(max_tokens=150).with_structured_output(City, method=method)
            self.assertIsInstance(model.invoke(FACTS), City)
            self.assertIsInstance(list(model.stream(FACTS))[-1], City)

    def test_an_object_comes_in_json_mode(self):
        model = chat(max_tokens=150).with_structured_output(City.model_json_schema(), method="json_mode")
        self.assertIsInstance(model.invoke(FACTS + " Answer in JSON."), dict)

    def test_an_agent_calls_its_tool_and_answers(self):
        agent = create_agent(chat(), [get_weather], middleware=[one_call])
        messages = agent.invoke({"messages": [("user", WEATHER)]})["messages"]
        calls = [call for message in messages if isinstance(message, AIMessage) for call in message.tool_calls]
        results = [message for message in messages if isinstance(message, ToolMessage)]
        self.assertTrue(calls)
        self.assertEqual([call["id"] for call in calls], [result.tool_call_id for result in results])
        self.assertEqual({result.content for result in results}, {REPORT})
        self.assertTrue(messages[-1].content.strip())
        self.assertEqual(messages[-1].tool_calls, [])

    def test_conversations_as_agents_keep_them_are_read(self):
        call = {"name": "get_weather", "args": {"city": "Paris"}, "id": "a1B2c3D4e", "type": "tool_call"}
        round_ = [HumanMessage(WEATHER), AIMessage("", tool_calls=[call]), ToolMessage(REPORT, tool_call_id=call["id"])]
        for messages in (
            [HumanMessage("Hello"), AIMessage("Hi."), SystemMessage("Be terse."), HumanMessage("Name a colour.")],
            [HumanMessage("Hello"), AIMessage(""), HumanMessage("Name a colour.")],
            [HumanMessage("Hello"), AIMessage([{"type": "text", "text": ""}]), HumanMessage("Name a colour.")],
            [*round_, SystemMessage("Be terse.")],
            [*round_, HumanMessage("Thanks. And in Rome?")],
        ):
            self.assertTrue(chat().invoke(messages).content.strip())

    def test_errors_have_their_status_and_words(self):
        for status, words, settings in (
            (400, "Invalid model: nobody", {"model": "nobody"}),
            (401, "Unauthorized", {"api_key": "wrong"}),
            (422, "max_tokens", {"max_tokens": -1}),
        ):
            for call in (lambda model: model.invoke(QUESTION), lambda model: list(model.stream(QUESTION))):
                with self.assertRaises(httpx.HTTPStatusError) as caught:
                    call(chat(**settings))
                self.assertEqual(caught.exception.response.status_code, status)
                self.assertIn(words, str(caught.exception))
