"""llama-index-llms-mistralai, whose endpoint has no /v1: endpoint="http://127.0.0.1:8000".

It knows the hosted service's model names alone, so a model's own name is no use here.
"""

import unittest

from llama_index.core.agent.workflow import FunctionAgent, ToolCallResult
from llama_index.core.llms import ChatMessage
from llama_index.core.program import FunctionCallingProgram
from llama_index.core.tools import FunctionTool
from llama_index.llms.mistralai import MistralAI
from mistralai.client.errors import HTTPValidationError, SDKError

from place import City, FACTS, KEY, MODEL, QUESTION, REPORT, URL, WEATHER, holds_calls


def llm(**settings):
    fixed = {"model": MODEL, "api_key": KEY, "endpoint": URL, "temperature": 0, "max_tokens": 60, "random_seed": 1}
    return MistralAI(**{**fixed, **settings})


def get_weather(city: str) -> str:
    """Tells the weather in a city."""
    return REPORT


TOOL = FunctionTool.from_defaults(fn=get_weather)


class LlamaIndex(unittest.IsolatedAsyncioTestCase):
    def test_an_answer_has_text_and_usage(self):
        for answer in (
            llm().complete(QUESTION),
            llm().chat([ChatMessage(role="system", content="Be terse."), ChatMessage(role="user", content=QUESTION)]).message,
        ):
            self.assertTrue((getattr(answer, "text", None) or answer.content).strip())
        usage = llm().chat([ChatMessage(role="user", content=QUESTION)]).raw["usage"]
        self.assertEqual(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens)

    async def test_the_streams_say_what_the_answer_says(self):
        answer = llm().complete(QUESTION).text
        parts = [part.delta for part in llm().stream_complete(QUESTION)]
        self.assertGreater(len(parts), 1)
        self.assertEqual("".join(parts), answer)
        self.assertEqual("".join([part.delta async for part in await llm().astream_complete(QUESTION)]), answer)

    def test_a_tool_is_called_and_its_result_is_read(self):
        model = llm()
        asked = ChatMessage(role="user", content=WEATHER)
        answer = model.chat_with_tools([TOOL], chat_history=[asked], tool_required=True)
        calls = model.get_tool_calls_from_response(answer)
        self.assertTrue(calls)
        results = []
        for call in calls:
            self.assertEqual((call.tool_name, list(call.tool_kwargs)), ("get_weather", ["city"]))
            results.append(ChatMessage(role="tool", content=REPORT, additional_kwargs={"tool_call_id": call.tool_id, "name": call.tool_name}))
        last = model.chat_with_tools([TOOL], chat_history=[asked, answer.message, *results], tool_choice="none")
        self.assertTrue(last.message.content.strip())
        self.assertFalse(holds_calls(last.message.content), last.message.content)

    def test_a_call_comes_in_a_stream(self):
        model = llm()
        last = list(model.stream_chat_with_tools([TOOL], user_msg=WEATHER, tool_required=True))[-1]
        self.assertEqual([call.tool_name for call in model.get_tool_calls_from_response(last)][:1], ["get_weather"])

    def test_predict_and_call_runs_the_tool(self):
        self.assertEqual(str(llm().predict_and_call([TOOL], WEATHER, tool_required=True)), REPORT)

    def test_a_record_comes_by_tool(self):
        # Without a tool_choice of its own the program leaves the choice to the model.
        program = FunctionCallingProgram.from_defaults(
            output_cls=City, llm=llm(max_tokens=150), prompt_template_str="{facts}", tool_choice="any"
        )
        record = program(facts=FACTS)
        self.assertIsInstance(record, City)

    async def test_an_agent_calls_its_tool(self):
        # Its later steps leave the choice to the model; a small one may ask again, so the last step ends the run.
        for streaming in (False, True):
            agent = FunctionAgent(
                tools=[FunctionTool.from_defaults(fn=get_weather, return_direct=True)],
                llm=llm(),
                initial_tool_choice="any",
                streaming=streaming,
            )
            run = agent.run(WEATHER)
            results = [event async for event in run.stream_events() if isinstance(event, ToolCallResult)]
            self.assertEqual([result.tool_name for result in results][:1], ["get_weather"])
            self.assertIn(REPORT, str(await run))

    async def test_errors_are_the_official_clients(self):
        with self.assertRaises(SDKError) as caught:
            llm(api_key="wrong").complete(QUESTION)
        self.assertEqual(caught.exception.status_code, 401)
        with self.assertRaises(HTTPValidationError) as caught:
            llm(additional_kwargs={"top_p": 7}).complete(QUESTION)
        self.assertEqual(caught.exception.data.detail[0].loc, ["body", "top_p"])

    def test_a_gap_is_filled(self):
        answer = llm(model="codestral-latest").fill_in_middle("def add(a, b):\n    return ", "\n", stop=["\n"])
        self.assertTrue(answer.text.strip())
