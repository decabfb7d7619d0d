// Runs all vectors: node vectors.mjs [FOLDER]. Prints how many there are, and those that came out otherwise, as JSON.
import { readdirSync, readFileSync } from "node:fs";
import { Failure, read as readCanonical } from "./canonical.mjs";
import { pinnedAt, readPins } from "./pins.mjs";
import { read as readRecord, readKept } from "./records.mjs";
import { answer } from "./scenario.mjs";
import { decode, digestOf, verify } from "./signatures.mjs";
import { judge } from "./timestamps.mjs";

const ROOT = process.argv[2] ?? new URL("../../vectors", import.meta.url).pathname;

function load(path) {
  const bytes = readFileSync(path);
  const end = bytes.indexOf("\n\n");
  const headers = bytes.subarray(0, end).toString("utf8").split("\n").map((line) => line.split(/: (.*)/s));
  return { ...Object.fromEntries(headers), payload: bytes.subarray(end + 2) };
}

// A case of `repertoire`: a surrogate is encoded as any other code point of three bytes.
function encode(point) {
  if (point < 0xd800 || point > 0xdfff) return Buffer.from(String.fromCodePoint(point));
  return Buffer.from([0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63)]);
}

const KINDS = {
  canonical: ({ payload }) => [() => readCanonical(payload)],
  records: ({ payload, digest, field }) => [
    () => {
      readRecord(payload);
      if (digest !== digestOf(payload)) throw new Failure("AnotherDigest", digest);
    },
    field,
  ],
  kept: ({ payload, field }) => [() => readKept(payload), field],
  trust: (vector) => [
    () => {
      const { same, differs } = answer(vector);
      if (!same) throw new Failure("AnotherAnswer", differs.join("; "));
      if (vector.expect !== "accept") throw new Failure(vector.expect, "as the answer says");
    },
  ],
  pins: (vector) => [
    () => {
      let pins;
      try {
        pins = readPins(vector.payload);
      } catch (failure) {
        if (failure instanceof Failure && String(failure.line) !== vector.line) throw new Failure("AnotherLine", failure.line);
        throw failure;
      }
      const found = pinnedAt(pins, vector.at);
      if (found !== vector.pinned) throw new Failure("AnotherAnswer", found);
    },
  ],
  sshsig: (vector) => [() => verify(decode(vector.payload), Buffer.from(vector["message-hex"] ?? "", "hex"))],
  timestamps: (vector) => [
    () => {
      const roots = (vector["roots-hex"] ?? "").split(" ").filter(Boolean).map((root) => Buffer.from(root, "hex"));
      const { time, counts } = judge(vector.payload, Buffer.from(vector["data-hex"] ?? "", "hex"), roots);
      const found = `${counts ? "yes" : "no"} ${time}`;
      if (found !== `${vector.counts} ${vector.time}`) throw new Failure("AnotherTime", found);
    },
  ],
};

function outcome(check, field) {
  try {
    check();
    return "accept";
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    if (failure.type === "AnotherAnswer") return `${failure.type}: ${failure.message}`;
    return failure.type + (field !== undefined && failure.field !== field ? ` at ${failure.field}, not ${field}` : "");
  }
}

const counts = {};
const wrong = [];
// What is a history is made and judged by git, and not here.
const READ = [...Object.keys(KINDS), "repertoire"];
for (const folder of readdirSync(ROOT, { withFileTypes: true }).filter((entry) => entry.isDirectory() && READ.includes(entry.name)))
  for (const name of readdirSync(`${ROOT}/${folder.name}`).filter((file) => file.endsWith(".vec"))) {
    const vector = load(`${ROOT}/${folder.name}/${name}`);
    counts[folder.name] = (counts[folder.name] ?? 0) + 1;
    let checks;
    if (folder.name === "repertoire") {
      const [before, after] = vector.document.split("{}");
      const points = vector.payload.toString("ascii").trimEnd().split("\n");
      if (points.length !== Number(vector.cases)) throw new Error(`${name}: ${points.length} cases, not ${vector.cases}`);
      checks = points.map((point) => [
        () => readCanonical(Buffer.concat([Buffer.from(before), encode(parseInt(point.slice(2), 16)), Buffer.from(after + "\n")])),
      ]);
    } else checks = [KINDS[folder.name](vector)];
    const others = new Set(checks.map((check) => outcome(...check)).filter((found) => found !== vector.expect));
    for (const found of others) wrong.push({ vector: `${folder.name}/${name}`, expect: vector.expect, found });
  }
console.log(JSON.stringify({ counts, wrong }, null, 1));
