// Checkpoints of a whole archive: spec/verification.md, "Checkpoints", and what they witness: spec/trust.md, "Witnesses". In a page
// nothing is witnessed, so it has no part of this.
import { digestOf } from "../../src/openletter/rendering/verifier/bytes.js";
import { CONFIRMED, strongest } from "../../src/openletter/rendering/verifier/trust.js";
import { attempt, checkSignatures, readAs } from "../../src/openletter/rendering/verifier/verification.js";

// The sound ones, with the lines of the keys that signed them, and their faults.
export async function judgeCheckpoints(id, folder) {
  const faults = [...folder.faults];
  const checkpoints = new Map(folder.entries.filter(({ type }) => type === "checkpoint").map((entry) => [entry.act, entry]));
  // Step 1.
  const sound = new Map();
  for (const [act, entry] of checkpoints) {
    entry.digest = await digestOf(entry.bytes);
    const record = attempt(faults, entry.path, () => readAs(entry, "checkpoint/1", { organization: id }));
    if (record) sound.set(act, { path: entry.path, organization: id, date: record.get("date"), lines: [] });
  }
  // Step 2.
  const signatures = folder.entries.filter(({ type }) => type === "signature");
  for (const { path, act } of signatures) if (!checkpoints.has(act)) faults.push({ path, error: "SignatureError" });
  const over = signatures.filter(({ act }) => checkpoints.has(act));
  const made = await checkSignatures(faults, over, ({ act }) => checkpoints.get(act).bytes);
  for (const [at, { act }] of over.entries()) if (made[at]) sound.get(act)?.lines.push(made[at].line);
  return { faults, sound: [...sound.values()] };
}

// "Witnesses": the checkpoints that are true, and what is false of the others.
export function weigh(checkpoints, trust, sightings, timestamps) {
  const witnesses = [];
  const faults = [];
  for (const { path, organization, date, lines } of checkpoints) {
    const { state, holds } = sightings.get(path) ?? { state: "unknown" };
    const counting = lines.map((line) => trust.of(organization).get(line)).filter((one) => one && one.status !== "compromised" && !one.shared);
    if (state === "matches") {
      const evidence = strongest(counting.map((one) => one.evidence));
      witnesses.push({ organization, date, holds, confirmed: CONFIRMED.includes(evidence), stamps: timestamps.get(path) ?? [] });
    } else if (counting.length > 0 && state === "differs") faults.push({ path, error: "CheckpointMismatch" });
    else if (counting.length > 0 && state === "absent") faults.push({ path, error: "HistoryError" });
  }
  return { witnesses, faults };
}
