// Runs all vectors: node vectors.mjs [FOLDER]. Prints how many there are, and those that came out otherwise, as JSON.
import { readdirSync, readFileSync } from "node:fs";
import { Failure } from "../../src/openletter/rendering/verifier/bytes.js";
import { differing, fromHex, READ } from "./outcomes.mjs";
import { pinnedAt, readPins } from "./pins.mjs";
import { judge } from "./timestamps.mjs";

const ROOT = process.argv[2] ?? new URL("../../vectors", import.meta.url).pathname;

const MORE = {
  pins: (vector) => [
    async () => {
      let pins;
      try {
        pins = readPins(vector.payload);
      } catch (failure) {
        if (failure instanceof Failure && String(failure.line) !== vector.line) throw new Failure("AnotherLine", failure.line);
        throw failure;
      }
      const found = await pinnedAt(pins, vector.at);
      if (found !== vector.pinned) throw new Failure("AnotherAnswer", found);
    },
  ],
  timestamps: (vector) => [
    () => {
      const roots = (vector["roots-hex"] ?? "").split(" ").filter(Boolean).map((root) => Buffer.from(root, "hex"));
      const { time, counts } = judge(vector.payload, Buffer.from(fromHex(vector["data-hex"])), roots);
      const found = `${counts ? "yes" : "no"} ${time}`;
      if (found !== `${vector.counts} ${vector.time}`) throw new Failure("AnotherTime", found);
    },
  ],
};

const counts = {};
const wrong = [];
// What is a history is made and judged by git, and not here.
const all = [...READ, ...Object.keys(MORE)];
for (const folder of readdirSync(ROOT, { withFileTypes: true }).filter((entry) => entry.isDirectory() && all.includes(entry.name)))
  for (const name of readdirSync(`${ROOT}/${folder.name}`).filter((file) => file.endsWith(".vec"))) {
    counts[folder.name] = (counts[folder.name] ?? 0) + 1;
    const { expect, others } = await differing(folder.name, readFileSync(`${ROOT}/${folder.name}/${name}`), MORE);
    for (const found of others) wrong.push({ vector: `${folder.name}/${name}`, expect, found });
  }
console.log(JSON.stringify({ counts, wrong }, null, 1));
