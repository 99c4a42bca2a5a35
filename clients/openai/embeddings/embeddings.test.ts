// The embeddings of OpenAI's client, against a running server with an embedding model and --openai-fields.
import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";

const client = new OpenAI({ baseURL: process.env["TRAMONTANE_URL"] + "/v1", apiKey: process.env["TRAMONTANE_KEY"]!, maxRetries: 0 });
const texts = ["A dog runs through the garden.", "A puppy is playing on the lawn.", "Interest rates rose again this year."];

function cosine(a: number[], b: number[]): number {
  const dot = (x: number[], y: number[]) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

test("texts are embedded, in base64 as the client asks by itself", async () => {
  const answer = await client.embeddings.create({ model: "mistral-embed", input: texts, dimensions: 128, user: "me" });
  const [dog, puppy, rates] = answer.data.map((item) => item.embedding);
  assert.equal(dog!.length, 128);
  assert.ok(cosine(dog!, puppy!) > cosine(dog!, rates!) + 0.2);
  assert.ok(answer.usage.prompt_tokens > 0);
  const numbers = await client.embeddings.create({ model: "mistral-embed", input: texts[0]!, dimensions: 128, encoding_format: "float" });
  assert.ok(cosine(numbers.data[0]!.embedding, dog!) > 0.999999);
});

test("an error names the field that was sent", async () => {
  await assert.rejects(client.embeddings.create({ model: "mistral-embed", input: "a", dimensions: 9999 }), (error: unknown) => {
    assert.ok(error instanceof OpenAI.BadRequestError);
    assert.equal(error.param, "dimensions");
    assert.match(error.message, /dimensions is 9999/);
    return true;
  });
});
