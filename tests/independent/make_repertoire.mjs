// Makes the table of permitted characters for browsers out of spec/repertoire.txt: node make_repertoire.mjs [FILE].
import { readFileSync, writeFileSync } from "node:fs";

const numbers = readFileSync(new URL("../../spec/repertoire.txt", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("U+"))
  .map((line) => line.split("  # ")[0].split("..").map((point) => "0x" + point.slice(2).toLowerCase()))
  .flatMap(([first, last]) => [first, last ?? first]);

let text = `// The code points that a record may hold: spec/repertoire.txt. The first and the last of each range, in turn.
// Made by tests/independent/make_repertoire.mjs.
export const REPERTOIRE = [
`;
for (let at = 0; at < numbers.length; at += 12) text += `  ${numbers.slice(at, at + 12).join(", ")},\n`;
writeFileSync(process.argv[2] ?? new URL("../../src/openletter/rendering/verifier/repertoire.js", import.meta.url), text + "];\n");
