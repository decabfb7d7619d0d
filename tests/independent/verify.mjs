// Judges a plain folder: node verify.mjs [FOLDER]. Prints each revision of each letter, and all faults, as JSON.
import { readFolder, Refused } from "./archive.mjs";
import { Trust } from "./trust.mjs";
import { judgeCheckpoints, judgeLetter, Keys } from "./verification.mjs";

let found;
try {
  found = readFolder(process.argv[2] ?? new URL("../..", import.meta.url).pathname);
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  console.log(JSON.stringify({ error: error.message }));
  process.exit(0);
}
const keys = new Keys(found.keys);
const letters = [...found.letters].map(([id, folder]) => judgeLetter(id, folder, new Trust(keys, new Map())));
const faults = [
  ...found.faults,
  ...letters.flatMap((letter) => letter.faults),
  ...[...found.keys.keys()].flatMap((id) => keys.faults(id)),
  ...[...found.checkpoints].flatMap(([id, folder]) => judgeCheckpoints(id, folder).faults),
];
// The faults of a letter are its own and those of the key records of the organizations in it.
const revisions = letters.flatMap(({ judged }) =>
  judged.map(({ letter, revision, organizations: said, keys: organizations, faults: own }) => ({
    letter,
    revision,
    organizations: said.map(({ rests, ...one }) => one),
    faults: [...own, ...organizations.flatMap((id) => keys.faults(id))],
  })));
console.log(JSON.stringify({ revisions, faults }, null, 1));
