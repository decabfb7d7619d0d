// What vectors come to, in Node and in a browser alike: vectors/README.md. What takes a library of Node is in vectors.mjs.
import { concat, digestOf, Failure, utf8 } from "../../src/openletter/rendering/verifier/bytes.js";
import { decodeBundle } from "../../src/openletter/rendering/verifier/bundle.js";
import { readCanonical } from "../../src/openletter/rendering/verifier/canonical.js";
import { readRecord } from "../../src/openletter/rendering/verifier/records.js";
import { decodeSignature, verifySignature } from "../../src/openletter/rendering/verifier/signatures.js";
import { readKept } from "./kept.mjs";
import { answer } from "./scenario.mjs";

export function load(bytes) {
  const head = new TextDecoder().decode(bytes);
  const headers = head.slice(0, head.indexOf("\n\n")).split("\n");
  const end = utf8(headers.join("\n")).length + 2;
  return { ...Object.fromEntries(headers.map((line) => line.split(/: (.*)/s))), payload: bytes.subarray(end) };
}

export const fromHex = (digits) => Uint8Array.from(digits?.match(/../g) ?? [], (pair) => parseInt(pair, 16));

// A case of `repertoire`: a surrogate is encoded as any other code point of three bytes.
function encode(point) {
  if (point < 0xd800 || point > 0xdfff) return utf8(String.fromCodePoint(point));
  return new Uint8Array([0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63)]);
}

const KINDS = {
  canonical: ({ payload }) => [() => readCanonical(payload)],
  records: ({ payload, digest, field }) => [
    async () => {
      readRecord(payload);
      if (digest !== (await digestOf(payload))) throw new Failure("AnotherDigest", digest);
    },
    field,
  ],
  kept: ({ payload, field }) => [() => readKept(payload), field],
  trust: (vector) => [
    async () => {
      const { same, differs } = await answer(vector);
      if (!same) throw new Failure("AnotherAnswer", differs.join("; "));
      if (vector.expect !== "accept") throw new Failure(vector.expect, "as the answer says");
    },
  ],
  sshsig: (vector) => [() => verifySignature(decodeSignature(vector.payload), fromHex(vector["message-hex"]))],
  bundle: ({ payload }) => [() => decodeBundle(payload)],
};

async function outcome(check, field) {
  try {
    await check();
    return "accept";
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    if (failure.type === "AnotherAnswer") return `${failure.type}: ${failure.message}`;
    return failure.type + (field !== undefined && failure.field !== field ? ` at ${failure.field}, not ${field}` : "");
  }
}

function casesOf({ document, payload, cases }) {
  const [before, after] = document.split("{}");
  const points = new TextDecoder().decode(payload).trimEnd().split("\n");
  if (points.length !== Number(cases)) throw new Error(`${points.length} cases, not ${cases}`);
  return points.map((point) => [() => readCanonical(concat(utf8(before), encode(parseInt(point.slice(2), 16)), utf8(after + "\n")))]);
}

export const READ = [...Object.keys(KINDS), "repertoire"];

// How a vector comes out otherwise than it says: each outcome once.
export async function differing(folder, bytes, more = {}) {
  const vector = load(bytes);
  const checks = folder === "repertoire" ? casesOf(vector) : [(KINDS[folder] ?? more[folder])(vector)];
  const found = new Set();
  for (const check of checks) found.add(await outcome(...check));
  return { expect: vector.expect, others: [...found].filter((one) => one !== vector.expect) };
}
