// The official TypeScript client against a running server: TRAMONTANE_URL and TRAMONTANE_KEY say where.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Mistral } from "@mistralai/mistralai";
import { HTTPValidationError, SDKError } from "@mistralai/mistralai/models/errors";

const serverURL = process.env["TRAMONTANE_URL"]!;
const apiKey = process.env["TRAMONTANE_KEY"]!;
const mistral = new Mistral({ serverURL, apiKey });

const greedy = {
  model: "mistral-small-latest",
  messages: [{ role: "user" as const, content: "Who is the best French painter? Answer in one short sentence." }],
  temperature: 0,
  maxTokens: 40,
};

async function plain(settings: object = {}) {
  return mistral.chat.complete({ ...greedy, ...settings });
}

async function streamed(settings: object = {}) {
  const chunks = [];
  for await (const event of await mistral.chat.stream({ ...greedy, ...settings })) {
    chunks.push(event.data);
  }
  return chunks;
}

function join(chunks: Awaited<ReturnType<typeof streamed>>, index = 0) {
  return chunks
    .flatMap((chunk) => chunk.choices)
    .filter((choice) => choice.index === index)
    .map((choice) => choice.delta.content ?? "")
    .join("");
}

test("a plain answer has every documented part", async () => {
  const answer = await plain();
  assert.equal(answer.object, "chat.completion");
  assert.equal(answer.model, greedy.model);
  assert.ok(["stop", "length"].includes(answer.choices[0]!.finishReason));
  assert.ok(answer.choices[0]!.message!.content);
  assert.equal(answer.usage.totalTokens, answer.usage.promptTokens! + answer.usage.completionTokens!);
});

test("the stream says what the plain answer says, and ends", async () => {
  const chunks = await streamed();
  assert.equal(join(chunks), (await plain()).choices[0]!.message!.content);
  assert.ok(chunks.at(-1)!.usage);
});

test("the same seed gives the same text, streamed or not", async () => {
  const sampled = { temperature: 1.2, randomSeed: 11 };
  const first = (await plain(sampled)).choices[0]!.message!.content;
  assert.equal((await plain(sampled)).choices[0]!.message!.content, first);
  assert.equal(join(await streamed(sampled)), first);
});

test("n answers come interleaved in one stream", async () => {
  const settings = { n: 2, temperature: 1.2, randomSeed: 3 };
  const answer = await plain(settings);
  const chunks = await streamed(settings);
  assert.equal(answer.choices.length, 2);
  for (const choice of answer.choices) {
    assert.equal(join(chunks, choice.index), choice.message!.content);
  }
});

test("stop ends the answer before its words", async () => {
  const whole = (await plain()).choices[0]!.message!.content as string;
  const word = whole.split(" ")[3]!;
  const answer = await plain({ stop: word });
  assert.equal(answer.choices[0]!.message!.content, whole.slice(0, whole.indexOf(word)));
  assert.equal(answer.choices[0]!.finishReason, "stop");
});

test("an answer goes on from its prefix and repeats it, emoji and all", async () => {
  const prefix = "🎉🎉👩‍🚀🎉🎉👩‍🚀🎉";
  const messages = [...greedy.messages, { role: "assistant" as const, content: prefix, prefix: true }];
  const text = (await plain({ messages })).choices[0]!.message!.content as string;
  assert.ok(text.startsWith(prefix) && text.length > prefix.length, text);
  // Where maxTokens cuts a character in two, its half is one replacement character, at the very end.
  assert.ok(!text.slice(0, -1).includes("\ufffd"), text);
  assert.equal(join(await streamed({ messages })), text);
});

test("faults reach the caller as the client's own classes", async () => {
  await assert.rejects(plain({ temperature: 9, topP: 7 }), (error: unknown) => {
    assert.ok(error instanceof HTTPValidationError, String(error));
    assert.equal(error.statusCode, 422);
    assert.deepEqual(error.detail!.map((fault) => fault.loc.join(".")).sort(), ["body.temperature", "body.top_p"]);
    return true;
  });
  await assert.rejects(plain({ model: "nobody" }), (error: unknown) => {
    assert.ok(error instanceof SDKError, String(error));
    assert.equal(error.statusCode, 400);
    assert.match(error.body, /Invalid model: nobody/);
    return true;
  });
  const stranger = new Mistral({ serverURL, apiKey: "wrong" });
  await assert.rejects(stranger.chat.complete(greedy), (error: unknown) => {
    assert.equal((error as SDKError).statusCode, 401);
    return true;
  });
});

test("an abandoned stream leaves the server answering", async () => {
  for await (const event of await mistral.chat.stream({ ...greedy, maxTokens: 400 })) {
    if (event.data) break;
  }
  assert.ok((await plain()).choices[0]!.message!.content);
});

test("models are listed", async () => {
  const cards = (await mistral.models.list()).data!;
  assert.ok(cards.length > 0);
  assert.equal((await mistral.models.retrieve({ modelId: cards[0]!.id })).id, cards[0]!.id);
});
