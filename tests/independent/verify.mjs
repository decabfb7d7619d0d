// Judges a plain folder: node verify.mjs [FOLDER]. Prints each revision of each letter, and all faults, as JSON.
import { readFolder, Refused } from "./archive.mjs";
import { judgeCheckpoints } from "./checkpoints.mjs";
import { Trust } from "../../src/openletter/rendering/verifier/trust.js";
import { judgeLetter, Keys } from "../../src/openletter/rendering/verifier/verification.js";

let found;
try {
  found = readFolder(process.argv[2] ?? new URL("../..", import.meta.url).pathname);
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  console.log(JSON.stringify({ error: error.message }));
  process.exit(0);
}
const keys = await Keys.judge(found.keys);
const letters = await Promise.all([...found.letters].map(([id, folder]) => judgeLetter(id, folder, new Trust(keys, new Map()))));
const checkpoints = await Promise.all([...found.checkpoints].map(([id, folder]) => judgeCheckpoints(id, folder)));
const faults = [
  ...found.faults,
  ...letters.flatMap((letter) => letter.faults),
  ...[...found.keys.keys()].flatMap((id) => keys.faults(id)),
  ...checkpoints.flatMap((one) => one.faults),
];
// The faults of a letter are its own and those of the key records of the organizations in it.
const revisions = letters.flatMap(({ letter, revisions: all, verdictsOn, organizations, faults: own }) =>
  [...all.keys()].map((revision) => ({
    letter,
    revision,
    organizations: verdictsOn(revision).map(({ organization, verdict, revision: on, listed, same_wording, evidence }) =>
      ({ organization, verdict, revision: on, listed, same_wording, evidence })),
    faults: [...own, ...organizations.flatMap((id) => keys.faults(id))],
  })));
console.log(JSON.stringify({ revisions, faults }, null, 1));
