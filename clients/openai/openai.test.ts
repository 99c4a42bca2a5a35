// OpenAI's client for JavaScript on a server with --openai-fields: TRAMONTANE_URL and TRAMONTANE_KEY say where.
import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";
import { zodFunction, zodResponseFormat } from "openai/helpers/zod";
import type { ChatCompletionChunk, ChatCompletionCreateParamsNonStreaming, ChatCompletionMessageParam } from "openai/resources";
import { z } from "zod";

const baseURL = `${process.env["TRAMONTANE_URL"]}/v1`;
const apiKey = process.env["TRAMONTANE_KEY"]!;
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const City = z.object({ name: z.string(), country: z.string(), population: z.number() });

type Settings = Partial<ChatCompletionCreateParamsNonStreaming>;

function said(content: string): ChatCompletionMessageParam[] {
  return [{ role: "user", content }];
}

const greedy: ChatCompletionCreateParamsNonStreaming = {
  model: "mistral-small-latest",
  messages: [
    { role: "developer", content: "Be terse." },
    { role: "user", content: "Who is the best French painter? Answer in one short sentence." },
  ],
  temperature: 0,
  max_completion_tokens: 60,
};

const weather: Settings = {
  messages: said("What is the weather in Paris?"),
  tools: [
    {
      type: "function",
      function: {
        name: "get_weather",
        description: "Tells the weather in a city.",
        parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
      },
    },
  ],
  tool_choice: "required",
};

function plain(settings: Settings = {}) {
  return client.chat.completions.create({ ...greedy, ...settings });
}

async function streamed(settings: Settings & { stream_options?: object } = {}) {
  const chunks: ChatCompletionChunk[] = [];
  for await (const chunk of await client.chat.completions.create({ ...greedy, ...settings, stream: true })) {
    chunks.push(chunk);
  }
  return chunks;
}

function join(chunks: ChatCompletionChunk[]) {
  return chunks.flatMap((chunk) => chunk.choices.map((choice) => choice.delta.content ?? "")).join("");
}

test("the stream says what the plain answer says, and its usage comes last and alone", async () => {
  const answer = await plain({ store: false, user: "me" });
  assert.ok(answer.choices[0]!.message.content);
  assert.equal(join(await streamed()), answer.choices[0]!.message.content);
  const chunks = await streamed({ stream_options: { include_usage: true } });
  assert.equal(join(chunks), answer.choices[0]!.message.content);
  assert.deepEqual(chunks.at(-1)!.choices, []);
  assert.deepEqual(chunks.at(-1)!.usage!.completion_tokens, answer.usage!.completion_tokens);
  assert.ok(chunks.slice(0, -1).every((chunk) => chunk.usage === null));
});

test("the same seed gives the same text", async () => {
  const sampled = { temperature: 1.2, seed: 11 };
  assert.equal((await plain(sampled)).choices[0]!.message.content, (await plain(sampled)).choices[0]!.message.content);
});

test("a tool is called, and its result is read", async () => {
  const first = (await plain(weather)).choices[0]!;
  assert.equal(first.finish_reason, "tool_calls");
  const results = first.message.tool_calls!.map((call) => {
    assert.ok(call.type === "function" && call.function.name === "get_weather");
    assert.deepEqual(Object.keys(JSON.parse(call.function.arguments)), ["city"]);
    return { role: "tool" as const, tool_call_id: call.id, content: "It is sunny, 21 degrees." };
  });
  const last = await plain({ ...weather, messages: [...weather.messages!, first.message, ...results], tool_choice: "none" });
  assert.ok(last.choices[0]!.message.content);
});

test("the stream helper collects a call", async () => {
  const final = await client.chat.completions.stream({ ...greedy, ...weather, stream: true }).finalChatCompletion();
  const call = final.choices[0]!.message.tool_calls![0]!;
  assert.ok(call.type === "function");
  assert.deepEqual(Object.keys(JSON.parse(call.function.arguments)), ["city"]);
  assert.equal(final.choices[0]!.finish_reason, "tool_calls");
});

test("a record comes by schema and by tool", async () => {
  const messages = said("Paris is a city in France with 2000000 people. Describe it.");
  const asked = { ...greedy, messages, max_completion_tokens: 150 };
  const record = await client.chat.completions.parse({ ...asked, response_format: zodResponseFormat(City, "city") });
  City.parse(record.choices[0]!.message.parsed);
  const tools = [zodFunction({ name: "describe", parameters: City })];
  const called = await client.chat.completions.parse({ ...asked, tools, tool_choice: "required" });
  City.parse(called.choices[0]!.message.tool_calls![0]!.function.parsed_arguments);
});

test("errors have their own classes and the server's words", async () => {
  const wrong = new OpenAI({ baseURL, apiKey: "wrong", maxRetries: 0 });
  for (const [kind, words, call] of [
    [OpenAI.BadRequestError, /Invalid model: nobody/, () => plain({ model: "nobody" })],
    [OpenAI.AuthenticationError, /Unauthorized/, () => wrong.chat.completions.create(greedy)],
    [OpenAI.UnprocessableEntityError, /logit_bias is not supported/, () => plain({ logit_bias: { 5: 1 } })],
    [OpenAI.UnprocessableEntityError, /logit_bias is not supported/, () => streamed({ logit_bias: { 5: 1 } })],
  ] as const) {
    await assert.rejects(call, (error) => error instanceof kind && words.test(error.message) && error.param !== undefined);
  }
});
