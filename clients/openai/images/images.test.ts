// Images of OpenAI's client for JavaScript, on a server with --openai-fields whose model reads them.
import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";
import type { ChatCompletionContentPart } from "openai/resources";

const baseURL = `${process.env["TRAMONTANE_URL"]}/v1`;
const client = new OpenAI({ baseURL, apiKey: process.env["TRAMONTANE_KEY"]!, maxRetries: 0 });

// 64 x 32 red pixels are 3 x 2 cells of 28: 6 rows, a token between the two lines, and one at the end.
const TOKENS = 8;
const url =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAEAAAAAgCAIAAAAt/+nTAAAANElEQVR42u3PQQkAAAgAsetfWjP4FAYrsKZeS0BAQEBAQEBAQEBAQEBAQEBAQEBAQEDgagEyw/hqT+fjVwAAAABJRU5ErkJggg==";

function complete(...images: ChatCompletionContentPart[]) {
  const content: ChatCompletionContentPart[] = [{ type: "text", text: "What is it?" }, ...images];
  return client.chat.completions.create({
    model: "mistral-small-latest",
    max_completion_tokens: 12,
    seed: 3,
    messages: [{ role: "user", content }],
  });
}

test("an image is read and counted", async () => {
  const tokens = (await complete()).usage!.prompt_tokens;
  for (const detail of ["auto", "low", "high"] as const) {
    const answer = await complete({ type: "image_url", image_url: { url, detail } });
    assert.equal(answer.usage!.prompt_tokens, tokens + TOKENS);
    assert.ok(answer.choices[0]!.message.content);
  }
});
