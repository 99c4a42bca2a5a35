// The page's TypeScript sample (npm install @mistralai/mistralai); only the URL and the key differ.
import { Mistral } from "@mistralai/mistralai";

const mistral = new Mistral({
  apiKey: process.env["TRAMONTANE_KEY"] ?? "none",
  serverURL: process.env["TRAMONTANE_URL"] ?? "http://127.0.0.1:8000",
});

async function run() {
  const result = await mistral.chat.complete({
    model: "mistral-small-latest",
    messages: [
      {
        content: "Who is the best French painter? Answer in one short sentence.",
        role: "user",
      },
    ],
  });

  console.log(result);
}

run();
