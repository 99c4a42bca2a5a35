// The AI SDK's Mistral provider against a running server; its base URL has the /v1.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createMistral } from "@ai-sdk/mistral";
import { APICallError, generateText, streamText } from "ai";

const baseURL = process.env["TRAMONTANE_URL"]! + "/v1";
const apiKey = process.env["TRAMONTANE_KEY"]!;
const model = createMistral({ baseURL, apiKey })("mistral-small-latest");
const greedy = {
  model,
  prompt: "Who is the best French painter? Answer in one short sentence.",
  temperature: 0,
  maxOutputTokens: 40,
  maxRetries: 0,
};

test("a text is generated, counted and ended", async () => {
  const answer = await generateText(greedy);
  assert.ok(answer.text.trim());
  assert.ok(["stop", "length"].includes(answer.finishReason));
  assert.equal(answer.usage.totalTokens, answer.usage.inputTokens! + answer.usage.outputTokens!);
});

test("the stream says what the plain answer says", async () => {
  const result = streamText(greedy);
  let text = "";
  for await (const part of result.textStream) text += part;
  assert.equal(text, (await generateText(greedy)).text);
  assert.ok((await result.usage).outputTokens! > 0);
});

test("the same seed gives the same text", async () => {
  const sampled = { ...greedy, temperature: 1.2, seed: 4 };
  assert.equal((await generateText(sampled)).text, (await generateText(sampled)).text);
});

test("a last assistant message is a prefix", async () => {
  const prefix = "The best one is Claude";
  const { prompt, ...rest } = greedy;
  const answer = await generateText({
    ...rest,
    messages: [
      { role: "user", content: prompt },
      { role: "assistant", content: prefix },
    ],
  });
  assert.ok(answer.text.startsWith(prefix), answer.text);
});

test("an error's own words reach the caller", async () => {
  const nobody = createMistral({ baseURL, apiKey })("nobody");
  await assert.rejects(generateText({ ...greedy, model: nobody }), (error: unknown) => {
    assert.ok(APICallError.isInstance(error), String(error));
    assert.equal(error.statusCode, 400);
    assert.match(error.message, /Invalid model: nobody/);
    return true;
  });
});
