// Images of the official TypeScript client and of the AI SDK: TRAMONTANE_URL names a server whose model reads them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createMistral } from "@ai-sdk/mistral";
import { Mistral } from "@mistralai/mistralai";
import { generateText } from "ai";

const serverURL = process.env["TRAMONTANE_URL"]!;
const apiKey = process.env["TRAMONTANE_KEY"]!;
const mistral = new Mistral({ serverURL, apiKey });

// 64 x 32 red pixels are 3 x 2 cells of 28: 6 rows, a token between the two lines, and one at the end.
const TOKENS = 8;
const base64 =
  "iVBORw0KGgoAAAANSUhEUgAAAEAAAAAgCAIAAAAt/+nTAAAANElEQVR42u3PQQkAAAgAsetfWjP4FAYrsKZeS0BAQEBAQEBAQEBAQEBAQEBAQEBAQEDgagEyw/hqT+fjVwAAAABJRU5ErkJggg==";
const url = "data:image/png;base64," + base64;
const text = { type: "text" as const, text: "What is it?" };

function complete(...images: object[]) {
  return mistral.chat.complete({
    model: "mistral-small-latest",
    maxTokens: 12,
    randomSeed: 3,
    messages: [{ role: "user", content: [text, ...(images as any[])] }],
  });
}

test("an image is read and counted", async () => {
  const tokens = (await complete()).usage.promptTokens!;
  for (const imageUrl of [url, { url }, { url, detail: "low" }]) {
    const answer = await complete({ type: "image_url", imageUrl });
    assert.equal(answer.usage.promptTokens, tokens + TOKENS);
    assert.ok(answer.choices[0]!.message!.content);
  }
});

test("an error names the image", async () => {
  await assert.rejects(complete({ type: "image_url", imageUrl: "data:image/png;base64,AAAA" }), /PNG, JPEG, GIF or WebP/);
});

test("the AI SDK sends an image", async () => {
  const model = createMistral({ baseURL: serverURL + "/v1", apiKey })("mistral-small-latest");
  const settings = { model, maxOutputTokens: 12, seed: 3, maxRetries: 0 };
  const plain = await generateText({ ...settings, messages: [{ role: "user", content: [text] }] });
  const image = { type: "image" as const, image: Buffer.from(base64, "base64"), mediaType: "image/png" };
  const seeing = await generateText({ ...settings, messages: [{ role: "user", content: [text, image] }] });
  assert.equal(seeing.usage.inputTokens, plain.usage.inputTokens! + TOKENS);
});
