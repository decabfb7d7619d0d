// Trust over time: spec/trust.md, and nothing else. Pins, sightings and timestamps are arguments.
export const CONFIRMED = ["pinned", "pinned-through-rotation"];
const STRENGTH = [...CONFIRMED, "vouched", "recorded"];
export const strongest = (kinds) => STRENGTH.find((kind) => kinds.includes(kind)) ?? null;
const STATUSES = ["active", "retired", "compromised"];
const linesOf = (record, ...statuses) => record.get("keys").filter((map) => statuses.includes(map.get("status"))).map((map) => map.get("key"));

// "Through rotation": the lines that a record answers for, and the recovery that broke the line from a pin.
function answeredFor(id, chain, pinned) {
  let answered = new Set();
  let broken = null;
  let before = null;
  for (const { number, record, signers } of chain) {
    const recovers = record.get("basis") === "recovery";
    // Step 1.
    if (recovers) {
      if (answered.size > 0 || before?.get("keys").some((map) => pinned.has(map.get("key")))) broken = number;
      answered = new Set();
    }
    // Step 2.
    const listedBefore = (line) => before?.get("keys").some((map) => map.get("key") === line);
    const speaks = signers.some(
      ({ organization, line }) =>
        organization === id &&
        (pinned.has(line) || answered.has(line)) &&
        linesOf(!recovers && listedBefore(line) ? before : record, "active").includes(line));
    // Step 3.
    if (speaks) {
      linesOf(record, "active", "retired").forEach((line) => answered.add(line));
      broken = null;
    }
    before = record;
  }
  return { answered, broken };
}

// "Evidence", for each key on an organization's newest record that counts.
export class Trust {
  // `keys` are the key records, judged; `pins` a map of organizations to sets of lines.
  constructor(keys, pins) {
    this.standings = new Map();
    this.recovered = new Map();
    const chains = new Map([...keys.organizations.keys()].map((id) => [id, keys.chain(id)]));
    // Who lists a key in its newest record that counts.
    const holders = new Map();
    for (const [id, chain] of chains)
      for (const map of chain.at(-1)?.record.get("keys") ?? []) holders.set(map.get("key"), [...(holders.get(map.get("key")) ?? []), id]);
    for (const [id, chain] of chains) {
      const pinned = pins.get(id) ?? new Set();
      const { answered, broken } = answeredFor(id, chain, pinned);
      if (broken) this.recovered.set(id, broken);
      const first = (line, records, ...statuses) => records.find(({ record }) => linesOf(record, ...statuses).includes(line));
      const standings = new Map();
      for (const map of chain.at(-1)?.record.get("keys") ?? []) {
        const line = map.get("key");
        // "Declaration", and what lists the key for another: the paths, together, of each thing that speaks against it.
        const elsewhere = holders.get(line).filter((other) => other !== id).map((other) => first(line, chains.get(other), ...STATUSES));
        const retired = first(line, chain, "retired", "compromised");
        const declaration = first(line, chain, "compromised") ?? (elsewhere.length > 0 ? undefined : retired);
        standings.set(line, {
          status: map.get("status"),
          since: map.get("since"),
          retiredOn: retired?.record.get("date"),
          doubts: [...elsewhere, ...(declaration ? [declaration] : [])].map(({ entry, consent, threshold }) => ({ path: entry.path, consent, threshold })),
          evidence: pinned.has(line) ? "pinned" : answered.has(line) ? "pinned-through-rotation" : "recorded",
          shared: elsewhere.length > 0,
          vouched: new Set(),
          unpinned: new Set(),
        });
      }
      this.standings.set(id, standings);
    }
    for (const [id, chain] of chains) this.#vouch(id, chain);
    for (const standings of this.standings.values())
      for (const standing of standings.values()) {
        for (const id of standing.vouched) standing.unpinned.delete(id);
        if (standing.evidence === "recorded" && standing.vouched.size > 0) standing.evidence = "vouched";
      }
  }

  // "Vouching".
  #vouch(id, chain) {
    for (const { record, signers, named } of chain) {
      if (record.get("basis") === "recovery" || named === null) continue;
      for (const { organization, line } of signers) {
        const voucher = this.standings.get(organization)?.get(line);
        // Steps 1 and 3.
        if (organization === id || !voucher || voucher.status === "compromised" || voucher.shared || named.has(organization)) continue;
        for (const vouched of linesOf(record, "active"))
          // Step 2.
          this.standings.get(id).get(vouched)?.[CONFIRMED.includes(voucher.evidence) ? "vouched" : "unpinned"].add(organization);
      }
    }
  }

  of(id) {
    return this.standings.get(id) ?? new Map();
  }
}

// "Witnesses": the record, and where it took consent, signatures of as many as it takes.
const knows = (holds, { path, consent, threshold }) =>
  holds.has(path) && consent.filter((paths) => paths.some((one) => holds.has(one))).length >= threshold;

// What can be said of a good signature by a key: its outcome, and what shows how old it is.
export function age(path, organization, standing, witnesses) {
  if (!standing) return { outcome: "unproven" };
  const days = (before) =>
    witnesses
      .filter(({ holds }) => holds.has(path) && !(before && standing.doubts.some((doubt) => knows(holds, doubt))))
      .flatMap((witness) => [
        ...witness.stamps.map(({ authority, time }) => ({ day: time.slice(0, 10), by: authority, rank: 0 })),
        ...(witness.confirmed && witness.organization !== organization ? [{ day: witness.date, by: witness.organization, rank: 1 }] : []),
      ])
      .sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : a.rank - b.rank))[0];
  const older = days(true);
  const seen = older ?? days(false);
  const outcome = standing.shared
    ? older ? "disputed" : "unproven"
    : standing.status !== "compromised" || (older && older.day < standing.since)
      ? "valid"
      : older ? "disputed" : "unproven";
  return { outcome, seen, older: standing.status === "retired" && !standing.shared && older !== undefined && older.day < standing.retiredOn };
}
