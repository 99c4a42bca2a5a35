// What the sampled schemas of the Python suite were answered with, judged once more, by ajv.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { Ajv, type Options, type ValidateFunction } from "ajv";
import Ajv04 from "ajv-draft-04";
import addFormats, { type FormatName } from "ajv-formats";
import { Ajv2019 } from "ajv/dist/2019.js";
import { Ajv2020 } from "ajv/dist/2020.js";

// The formats that JSON Schema defines, but for three in which ajv is narrower than their specifications: it wants a dot
// in the domain of an e-mail address and knows no quotes (RFC 5321), wants something behind a URI's scheme (RFC 3986),
// and no apostrophe in a URI template (RFC 6570 with its verified erratum 6937). The other validator judges those.
const formats: FormatName[] = [
  "date",
  "time",
  "date-time",
  "duration",
  "hostname",
  "ipv4",
  "ipv6",
  "json-pointer",
  "regex",
  "relative-json-pointer",
  "uri-reference",
  "uuid",
];

type Answer = { name: string; schema: Record<string, unknown>; text: string };
type Draft = new (options: Options) => Ajv;

const file = process.env["TRAMONTANE_ANSWERS"] ?? "";
const drafts: [RegExp, unknown][] = [
  [/draft-0[34]/, Ajv04],
  [/draft-0[67]/, Ajv],
  [/2019-09/, Ajv2019],
  [/./, Ajv2020],
];

// Up to draft 7 nothing that stands beside a $ref counts; ajv lets it count.
function alone(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(alone);
  if (typeof part !== "object" || part === null) return part;
  const refers = typeof (part as Answer["schema"])["$ref"] === "string";
  const kept = Object.entries(part).filter(([name]) => !refers || ["$ref", "definitions", "$defs"].includes(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, alone(value)]));
}

function compile(schema: Record<string, unknown>, unicode: boolean): ValidateFunction {
  const name = String(schema["$schema"] ?? "none");
  const Draft = drafts.find(([pattern]) => pattern.test(name))![1] as Draft;
  // Schemas of the wild: keywords nobody knows, ids that repeat. Multiples of decimals are not those of doubles.
  const ajv = new Draft({
    strict: false,
    validateSchema: false,
    logger: false,
    unicodeRegExp: unicode,
    multipleOfPrecision: 9,
    allErrors: true,
  });
  (addFormats as unknown as (ajv: Ajv, names: FormatName[]) => void)(ajv, formats);
  // Ajv refuses the word outside draft 4, where it means nothing.
  if (ajv instanceof Ajv || ajv instanceof Ajv2019 || ajv instanceof Ajv2020) ajv.removeKeyword("id");
  const { $schema: _, ...rest } = schema;
  return ajv.compile((/draft-0[3-7]/.test(name) ? alone(rest) : rest) as Answer["schema"]);
}

test("ajv finds no answer that its schema does not allow", { skip: !existsSync(file) && "no answers to judge" }, () => {
  const answers = readFileSync(file, "utf8").split("\n").filter(Boolean);
  const wrong: string[] = [];
  const unread = new Map<string, string>();
  let judged = 0;
  const compiled = new Map<string, ValidateFunction>();
  for (const line of answers) {
    const { name, schema, text } = JSON.parse(line) as Answer;
    let validate = compiled.get(name);
    for (const unicode of [true, false]) {
      try {
        validate ??= compile(schema, unicode);
      } catch (error) {
        unread.set(name, String(error).slice(0, 200));
      }
    }
    if (!validate) continue;
    unread.delete(name);
    compiled.set(name, validate);
    if (!validate(JSON.parse(text))) {
      const faults = validate.errors!.map((error) => `${error.instancePath} ${error.message}`).join("; ");
      wrong.push(`${name}: ${faults}: ${text.slice(0, 500)}`);
    }
    judged++;
  }
  console.log(`${judged} of ${answers.length} answers judged; schemas that ajv cannot read: ${unread.size}`);
  for (const [name, reason] of unread) console.log(`  ${name}: ${reason}`);
  assert.deepEqual(wrong, []);
  assert.ok(judged > 0.95 * answers.length);
});
