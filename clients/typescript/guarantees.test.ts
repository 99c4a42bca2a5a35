// Schemas and tools through the official TypeScript client and the AI SDK; zod judges every answer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createMistral } from "@ai-sdk/mistral";
import { Mistral } from "@mistralai/mistralai";
import { generateObject, generateText, stepCountIs, streamObject, streamText, tool } from "ai";
import { z } from "zod";

const serverURL = process.env["TRAMONTANE_URL"]!;
const apiKey = process.env["TRAMONTANE_KEY"]!;
const rounds = Number(process.env["TRAMONTANE_ROUNDS"] ?? "2");
const mistral = new Mistral({ serverURL, apiKey });
const model = createMistral({ baseURL: serverURL + "/v1", apiKey })("mistral-small-latest");
const question = "Answer with whatever comes to your mind first.";
const asked = { model: "mistral-small-latest", messages: [{ role: "user" as const, content: question }] };
const hot = { temperature: 1.4, maxTokens: 500 };

const Recipe = z.object({
  title: z.string().max(40),
  kind: z.enum(["soup", "cake"]),
  steps: z.array(z.object({ text: z.string().max(30), minutes: z.number().int().min(1).max(90) })).min(1).max(3),
  note: z.string().max(20).nullable(),
});

const Lamp = z.object({ on: z.boolean(), level: z.number().int().min(0).max(10) });

// The client's own helper takes schemas without bounds on numbers.
const Plain = z.object({ name: z.string(), tags: z.array(z.enum(["a", "b"])), nested: z.object({ yes: z.boolean() }) });

const lampTool = {
  type: "function" as const,
  function: { name: "set_lamp", parameters: z.toJSONSchema(Lamp) as Record<string, unknown> },
};

test("parse gives an object of the schema, streamed or not", async () => {
  for (let seed = 0; seed < rounds; seed++) {
    const settings = { ...asked, ...hot, randomSeed: seed, responseFormat: Plain };
    const answer = await mistral.chat.parse(settings);
    const parsed = Plain.parse(answer.choices![0]!.message!.parsed);
    let text = "";
    for await (const event of await mistral.chat.parseStream(settings)) {
      text += event.data.choices[0]!.delta.content ?? "";
    }
    assert.deepEqual(Plain.parse(JSON.parse(text)), parsed);
  }
});

test("a forced call is made, whole, in one chunk", async () => {
  for (let seed = 0; seed < rounds; seed++) {
    const settings = { ...asked, ...hot, randomSeed: seed, tools: [lampTool], toolChoice: "any" as const };
    const message = (await mistral.chat.complete(settings)).choices[0]!.message!;
    const calls = message.toolCalls!;
    assert.ok(calls.length > 0);
    for (const call of calls) {
      assert.match(call.id!, /^[a-zA-Z0-9]{9}$/);
      Lamp.parse(JSON.parse(call.function.arguments as string));
    }
    const withCalls = [];
    for await (const event of await mistral.chat.stream(settings)) {
      const choice = event.data.choices[0]!;
      if (choice.delta.toolCalls) withCalls.push(choice);
    }
    assert.equal(withCalls.length, 1);
    assert.deepEqual(
      withCalls[0]!.delta.toolCalls!.map((call) => call.function.arguments),
      calls.map((call) => call.function.arguments),
    );
    assert.ok(["tool_calls", "length"].includes(withCalls[0]!.finishReason!));
  }
});

test("the AI SDK's objects keep their schema, streamed or not", async () => {
  for (let seed = 0; seed < rounds; seed++) {
    const settings = { model, prompt: question, schema: Recipe, temperature: 1.4, seed, maxRetries: 0 };
    const { object } = await generateObject(settings);
    Recipe.parse(object);
    const streamed = streamObject(settings);
    for await (const part of streamed.partialObjectStream) assert.ok(part);
    assert.deepEqual(await streamed.object, object);
  }
});

test("the AI SDK's tools are called with arguments that fit, and their results go back", async () => {
  const ran: unknown[] = [];
  const tools = {
    set_lamp: tool({
      description: "Sets the lamp",
      inputSchema: Lamp,
      execute: async (input) => {
        ran.push(Lamp.parse(input));
        return "done";
      },
    }),
  };
  const settings = {
    model,
    prompt: question,
    tools,
    temperature: 1.4,
    seed: 3,
    maxOutputTokens: 300,
    maxRetries: 0,
    // A babbler would call until the limit, and the SDK runs no calls of an answer that a limit ended.
    providerOptions: { mistral: { parallelToolCalls: false } },
  };
  const answer = await generateText({
    ...settings,
    stopWhen: stepCountIs(2),
    prepareStep: async ({ stepNumber }) => ({ toolChoice: stepNumber === 0 ? ("required" as const) : ("none" as const) }),
  });
  assert.ok(ran.length > 0);
  assert.equal(answer.steps.length, 2);
  assert.equal(answer.steps[1]!.toolCalls.length, 0);

  const streamed = streamText({ ...settings, toolChoice: { type: "tool", toolName: "set_lamp" } });
  for await (const part of streamed.fullStream) assert.notEqual(part.type, "error");
  for (const call of await streamed.toolCalls) Lamp.parse(call.input);
  assert.ok((await streamed.toolCalls).length > 0);
});
