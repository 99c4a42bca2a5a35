// The embeddings of the official TypeScript client and of the AI SDK, against a running server with an embedding model.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createMistral } from "@ai-sdk/mistral";
import { Mistral } from "@mistralai/mistralai";
import { cosineSimilarity, embed, embedMany } from "ai";

const serverURL = process.env["TRAMONTANE_URL"]!;
const apiKey = process.env["TRAMONTANE_KEY"]!;
const texts = ["A dog runs through the garden.", "A puppy is playing on the lawn.", "Interest rates rose again this year."];

test("the official client embeds texts", async () => {
  const mistral = new Mistral({ serverURL, apiKey });
  const answer = await mistral.embeddings.create({ model: "mistral-embed", inputs: texts, outputDimension: 128 });
  const [dog, puppy, rates] = answer.data.map((item) => item.embedding!);
  assert.equal(dog!.length, 128);
  assert.ok(cosineSimilarity(dog!, puppy!) > cosineSimilarity(dog!, rates!) + 0.2);
  assert.equal(answer.usage.totalTokens, answer.usage.promptTokens);
});

test("the AI SDK embeds one text and many", async () => {
  const model = createMistral({ baseURL: serverURL + "/v1", apiKey }).textEmbeddingModel("mistral-embed");
  const many = await embedMany({ model, values: texts, maxRetries: 0 });
  const [dog, puppy, rates] = many.embeddings;
  assert.ok(cosineSimilarity(dog!, puppy!) > cosineSimilarity(dog!, rates!) + 0.2);
  assert.ok(many.usage.tokens > 0);
  const one = await embed({ model, value: texts[0]!, maxRetries: 0 });
  assert.deepEqual(one.embedding, dog);
});
