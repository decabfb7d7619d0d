// Verdicts out of bytes: spec/verification.md, and nothing else. How old a signature is, is asked of trust.mjs.
import { digestOf, equal, Failure, inBatches } from "./bytes.js";
import { readRecord, sameWording } from "./records.js";
import { allowedSigners, decodeSignature, shortName, verifySignature } from "./signatures.js";
import { age, strongest, Trust } from "./trust.js";

const MOST_TRIES = 1000;

const numbered = (entries, type) =>
  new Map(entries.filter((entry) => entry.type === type).map((entry) => [entry.number ?? entry.act, entry]));

const takeDigests = (entries) =>
  inBatches(entries.filter(({ path }) => path.endsWith(".yaml")), async (entry) => {
    entry.digest = await digestOf(entry.bytes);
  });

// Runs a check; its failure becomes a fault of the path.
export function attempt(faults, path, check) {
  try {
    return check();
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    faults.push({ path, error: failure.type });
    return null;
  }
}

// "A signature file", for each: the key that made it, or null and a fault. `messageOf` says the record with the number in its
// name; `others` are all records of the folder with numbers, which it could be made for too.
export async function checkSignatures(faults, entries, messageOf, others = []) {
  const found = await inBatches(entries, async (entry) => {
    let signature = null;
    try {
      // Step 1.
      signature = decodeSignature(entry.bytes);
      // Step 2.
      if ((await shortName(signature.key)) !== entry.key) throw new Failure("ArmorError", "another key than in its name");
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
      return { failure };
    }
    // Step 3.
    return { signature, failure: await misfit(signature, messageOf(entry)) };
  });
  let tries = MOST_TRIES;
  for (const [at, { signature, failure }] of found.entries()) {
    if (failure === null) continue;
    let told = failure;
    for (const other of signature ? others : []) {
      if (other === messageOf(entries[at]) || tries-- <= 0) continue;
      if ((await misfit(signature, other)) !== null) continue;
      told = new Failure("SignatureError", "made for another record");
      break;
    }
    faults.push({ path: entries[at].path, error: told.type });
  }
  return found.map(({ signature, failure }) => (failure === null ? signature.key : null));
}

// Why a signature doesn't fit a message, or null.
async function misfit(signature, message) {
  try {
    if (message === undefined) throw new Failure("SignatureMismatch", "there is no such record");
    await verifySignature(signature, message);
    return null;
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    return failure;
  }
}

export function readAs(entry, format, expected) {
  const record = readRecord(entry.bytes);
  if (record.get("format") !== format) throw new Failure("UnknownFormat", "another kind");
  for (const [field, value] of Object.entries(expected))
    if (record.get(field) !== value) throw new Failure("MisplacedRecord", field);
  if (entry.act !== undefined && entry.digest.slice(7, 23) !== entry.act)
    throw new Failure("MisplacedRecord", "another act");
  return record;
}

// The chain of the records of a folder: each with its record (null where it failed), and whether it is chained.
function chain(folder, faults, format, field, expected) {
  const entries = numbered(folder.entries, "record");
  const revisions = new Map();
  let unbroken = true;
  for (const [number, entry] of [...entries].sort(([a], [b]) => a - b)) {
    const record = attempt(faults, entry.path, () => readAs(entry, format, { ...expected, [field]: String(number) }));
    const before = entries.get(number - 1);
    const follows = number === 1 || (record && record.get("previous") === before?.digest);
    if (record && !follows) faults.push({ path: entry.path, error: "ChainError" });
    unbroken &&= record !== null && follows;
    revisions.set(number, { number, record, entry, follows: record !== null && follows, chained: unbroken });
  }
  return revisions;
}

// "Key records". A record names others only by digest, so asking for those goes round in no circle.
export class Keys {
  organizations = new Map();
  owners = new Map();

  static async judge(folders) {
    const keys = new Keys();
    await inBatches([...folders], ([id, folder]) => keys.#read(id, folder));
    // In the order of the folders, whichever was read first.
    keys.organizations = new Map([...folders.keys()].map((id) => [id, keys.organizations.get(id)]));
    for (const [id, { records }] of keys.organizations)
      for (const { follows, entry } of records.values()) if (follows) keys.owners.set(entry.digest, id);
    for (const [id, { records }] of keys.organizations) for (const number of records.keys()) keys.counts(id, number);
    return keys;
  }

  async #read(id, folder) {
    await takeDigests(folder.entries);
    const faults = [...folder.faults];
    // Steps 2 and 3.
    const records = chain(folder, faults, "organization/1", "record", { organization: id });
    // Step 4.
    const messages = [...records.values()].map(({ entry }) => entry.bytes);
    const signatures = folder.entries.filter(({ type }) => type === "signature");
    const made = await checkSignatures(faults, signatures, ({ number }) => records.get(number)?.entry.bytes, messages);
    for (const [at, { number, organization, path }] of signatures.entries())
      if (made[at] && records.has(number)) (records.get(number).signers ??= []).push({ organization, line: made[at].line, path });
    // Step 8.
    for (const entry of folder.entries.filter(({ type }) => type === "signers")) {
      const record = records.get(entry.number)?.record;
      const keys = record?.get("keys").filter((map) => map.get("status") !== "compromised").map((map) => map.get("key"));
      if (!keys || !equal(allowedSigners(id, keys), entry.bytes)) faults.push({ path: entry.path, error: "DerivedMismatch" });
    }
    this.organizations.set(id, { records, faults });
  }

  // Does this record count? Steps 5 to 7.
  counts(id, number) {
    const { records, faults } = this.organizations.get(id);
    const it = records.get(number);
    if (!it) return false;
    if (it.counts === undefined) {
      it.counts = false;
      if (!it.follows) return false;
      const answer = number > 1 && !this.counts(id, number - 1) ? "fails" : this.#judge(id, it, records.get(number - 1)?.record);
      it.counts = answer === "counts";
      if (answer === "fails") faults.push({ path: it.entry.path, error: "ChainError" });
    }
    return it.counts;
  }

  #judge(id, it, before) {
    const { record, signers = [] } = it;
    const status = (map) => new Map(map.get("keys").map((key) => [key.get("key"), key]));
    const [now, then] = [status(record), before ? status(before) : new Map()];
    const signed = (organization, line) => signers.some((one) => one.organization === organization && one.line === line);
    // Step 5.
    for (const line of now.keys()) if (!then.has(line) && !signed(id, line)) return "fails";
    // Step 6.
    const order = ["active", "retired", "compromised"];
    for (const [line, old] of then) {
      const key = now.get(line);
      if (!key || order.indexOf(key.get("status")) < order.indexOf(old.get("status"))) return "fails";
      if (old.has("since") && key.get("since") > old.get("since")) return "fails";
    }
    // Step 7.
    if (!before) return "counts";
    const active = (map) => map.get("keys").filter((key) => key.get("status") === "active").map((key) => key.get("key"));
    if (record.get("basis") === "rotation" && !active(before).some((line) => signed(id, line))) return "fails";
    const recovery = (map) => JSON.stringify(map.has("recovery") ? [...map.get("recovery")] : null);
    const changed = before.has("recovery") && recovery(before) !== recovery(record);
    if (record.get("basis") !== "recovery" && !changed) return "counts";
    if (!before.has("recovery")) return "fails";
    const threshold = Number(before.get("recovery").get("threshold"));
    const helpers = before.get("recovery").get("organizations").map((helper) => ({
      helper,
      named: [...(this.organizations.get(helper)?.records.values() ?? [])].filter(
        (other) => (record.get("authorized_by") ?? []).includes(other.entry.digest) && this.counts(helper, other.number)),
    }));
    const able = helpers.filter(({ named }) => named.length > 0);
    it.consent = able.map(({ helper, named }) =>
      signers.filter(({ organization, line }) => organization === helper && named.some((other) => active(other.record).includes(line))).map(({ path }) => path));
    it.threshold = threshold;
    const agreed = able.filter(({ helper, named }) => named.some((other) => active(other.record).some((line) => signed(helper, line))));
    if (agreed.length >= threshold) return "counts";
    if (able.length < threshold) return "fails";
    // "Records that wait".
    const names = (list) => list.map(({ helper }) => helper).sort();
    this.organizations.get(id).waiting = { path: it.entry.path, threshold, able: names(able), agreed: names(agreed) };
    return "waits";
  }

  // The records that count, with who signed them and whose records they name.
  chain(id) {
    // "Vouching", 3: of those alone whom the record, or the one before, names for recovery.
    const helpers = (number) => this.organizations.get(id).records.get(number)?.record?.get("recovery")?.get("organizations") ?? [];
    const names = ({ number, record }) => (record.get("authorized_by") ?? []).map((digest) => {
      const owner = this.owners.get(digest);
      return [...helpers(number), ...helpers(number - 1)].includes(owner) ? owner : null;
    });
    return [...this.organizations.get(id).records.values()].filter(({ counts }) => counts).map((it) => ({
      ...it,
      signers: it.signers ?? [],
      consent: it.consent ?? [],
      threshold: it.threshold ?? 0,
      named: names(it).includes(null) ? null : new Set(names(it)),
    }));
  }

  faults(id) {
    return this.organizations.get(id)?.faults ?? [];
  }
}

// "A letter": its faults, and `verdictsOn` each revision.
export async function judgeLetter(id, folder, trust = new Trust(new Keys(), new Map()), witnesses = []) {
  await takeDigests(folder.entries);
  const faults = [...folder.faults];
  // Steps 2 and 3.
  const revisions = chain(folder, faults, "letter/1", "revision", { letter: id });
  if (revisions.size === 0) faults.push({ path: folder.path, error: "ChainError" });
  const listedIn = (record) => (record?.get("signatories") ?? []).map((map) => map.get("organization") ?? null);
  const named = folder.entries.map((entry) => entry.organization);
  // A letter out of its place lists organizations too.
  const letters = numbered(folder.entries, "record").values();
  const inAny = [...letters].map((entry) => attempt([], entry.path, () => readRecord(entry.bytes))).filter((record) => record?.get("format") === "letter/1");
  const organizations = [...new Set([...inAny.flatMap(listedIn), ...named])].filter(Boolean).sort();
  // Step 6, the withdrawals themselves.
  const withdrawals = new Map();
  for (const entry of folder.entries.filter(({ type }) => type === "withdrawal")) {
    const { number, organization, act } = entry;
    const record = attempt(faults, entry.path, () => {
      const read = readAs(entry, "withdrawal/1", { letter: id, revision: String(number), organization });
      if (read.get("text") !== revisions.get(number)?.entry.digest) throw new Failure("ChainError", "text");
      return read;
    });
    withdrawals.set(`${number} ${organization} ${act}`, { entry, record });
  }
  const withdrawn = ({ number, organization, act }) => withdrawals.get(`${number} ${organization} ${act}`);
  // Steps 4 and 5, and the signatures of step 6.
  const messages = [...revisions.values()].map(({ entry }) => entry.bytes);
  const onTexts = folder.entries.filter(({ type }) => type === "signature");
  const onWithdrawals = folder.entries.filter((entry) => {
    if (entry.type !== "withdrawal-signature") return false;
    const sound = Boolean(withdrawn(entry)?.record);
    if (!sound) faults.push({ path: entry.path, error: "SignatureError" });
    return sound;
  });
  const made = [
    ...(await checkSignatures(faults, onTexts, ({ number }) => revisions.get(number)?.entry.bytes, messages)),
    ...(await checkSignatures(faults, onWithdrawals, (entry) => withdrawn(entry).entry.bytes)),
  ];
  const signatures = [...onTexts, ...onWithdrawals].map((entry, at) => {
    const { path, number, organization, act } = entry;
    const key = made[at];
    const standing = key && trust.of(organization).get(key.line);
    const said = key ? age(path, organization, standing, witnesses) : { outcome: "invalid" };
    return { path, number, organization, withdrawal: act !== undefined, record: act && withdrawn(entry).record, key, standing, ...said };
  });
  // Step 7. Of a revision that failed no verdict is given.
  const verdictsOn = (number) => (revisions.get(number)?.record ? verdicts(number, revisions, organizations, listedIn, signatures) : []);
  return { letter: id, revisions, verdictsOn, signatures, organizations, faults };
}

// "Verdicts".
function verdicts(n, revisions, organizations, listedIn, signatures) {
  const listed = listedIn(revisions.get(n).record);
  const isListed = new Set(listed);
  const signaturesOf = new Map(organizations.map((organization) => [organization, []]));
  for (const one of signatures) signaturesOf.get(one.organization).push(one);
  const wordings = new Map();
  const same = (number) => {
    if (number === null || !revisions.get(number)?.record) return null;
    if (!wordings.has(number)) wordings.set(number, sameWording(revisions.get(number).record, revisions.get(n).record));
    return wordings.get(number);
  };
  const others = organizations.filter((organization) => !isListed.has(organization));
  return [...listed, ...others].flatMap((organization) => {
    const own = signaturesOf.get(organization) ?? [];
    const s = own.filter((one) => !one.withdrawal && one.outcome === "valid" && revisions.get(one.number).record !== null).map(({ number }) => number);
    const w = Math.max(0, ...own.filter((one) => one.withdrawal && one.outcome === "valid").map(({ number }) => number));
    const newest = Math.max(0, ...s.filter((number) => number <= n)) || null;
    const upTo = own.filter(({ number }) => number <= n);
    const onRevisions = upTo.filter((one) => !one.withdrawal);
    let verdict;
    if (newest === n && n > w) verdict = isListed.has(organization) ? "signed" : "endorsed";
    else if (newest !== null && newest > w) verdict = "signed-earlier";
    else if (w > 0) verdict = "withdrawn";
    else if (upTo.some(({ outcome }) => outcome === "disputed")) verdict = "disputed";
    else if (upTo.some(({ outcome }) => outcome === "unproven")) verdict = "unproven";
    else if (onRevisions.length > 0 && onRevisions.every(({ outcome }) => outcome === "invalid")) verdict = "invalid";
    else if (isListed.has(organization)) verdict = "named";
    else return [];
    const restsOn = own.filter((one) => {
      if (verdict === "disputed" || verdict === "unproven") return one.outcome === verdict && one.number <= n;
      if (verdict === "withdrawn") return one.withdrawal && one.outcome === "valid" && one.number === w;
      return !one.withdrawal && one.outcome === "valid" && one.number === newest;
    });
    const rests = restsOn.map(({ standing }) => standing).filter(Boolean);
    const evidence = strongest(rests.map((standing) => standing.evidence));
    const later = Math.max(0, ...s.filter((number) => number > n)) || null;
    return [{ organization, verdict, revision: newest, listed: isListed.has(organization), same_wording: same(newest), restsOn, rests, evidence, later, w }];
  });
}
