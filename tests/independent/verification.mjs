// Verdicts out of bytes: spec/verification.md, and nothing else. How old a signature is, is asked of trust.mjs.
import { Failure } from "./canonical.mjs";
import { read as readRecord, sameWording } from "./records.mjs";
import { allowedSigners, decode, digestOf, sha256, verify } from "./signatures.mjs";
import { age, strongest, Trust } from "./trust.mjs";

const numbered = (entries, type) =>
  new Map(entries.filter((entry) => entry.type === type).map((entry) => [entry.number ?? entry.act, entry]));

// Runs a check; its failure becomes a fault of the path.
function attempt(faults, path, check) {
  try {
    return check();
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    faults.push({ path, error: failure.type });
    return null;
  }
}

// "A signature file": the key that made it, or null and a fault. Other records that it could be made for are those with numbers.
function checkSignature(faults, entry, message, others = []) {
  return attempt(faults, entry.path, () => {
    // Step 1.
    const signature = decode(entry.bytes);
    // Step 2.
    if (signature.key.short !== entry.key) throw new Failure("ArmorError", "another key than in its name");
    // Step 3.
    try {
      if (message === undefined) throw new Failure("SignatureMismatch", "there is no such record");
      verify(signature, message);
    } catch (failure) {
      if (failure.type !== "SignatureMismatch") throw failure;
      for (const other of others) {
        try {
          verify(signature, other);
        } catch {
          continue;
        }
        throw new Failure("SignatureError", "made for another record");
      }
      throw failure;
    }
    return signature.key;
  });
}

function readAs(entry, format, expected) {
  const record = readRecord(entry.bytes);
  if (record.get("format") !== format) throw new Failure("UnknownFormat", "another kind");
  for (const [field, value] of Object.entries(expected))
    if (record.get(field) !== value) throw new Failure("MisplacedRecord", field);
  if (entry.act !== undefined && sha256(entry.bytes).toString("hex").slice(0, 16) !== entry.act)
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
    const follows = number === 1 || (record && record.get("previous") === (before && digestOf(before.bytes)));
    if (record && !follows) faults.push({ path: entry.path, error: "ChainError" });
    unbroken &&= record !== null && follows;
    revisions.set(number, { number, record, entry, follows: record !== null && follows, chained: unbroken });
  }
  return revisions;
}

// "Key records". A record names others only by digest, so asking for those goes round in no circle.
export class Keys {
  constructor(folders) {
    this.organizations = new Map();
    for (const [id, folder] of folders) {
      const faults = [...folder.faults];
      // Steps 2 and 3.
      const records = chain(folder, faults, "organization/1", "record", { organization: id });
      // Step 4.
      const messages = [...records.values()].map(({ entry }) => entry.bytes);
      for (const entry of folder.entries.filter(({ type }) => type === "signature")) {
        const record = records.get(entry.number);
        const key = checkSignature(faults, entry, record?.entry.bytes, messages);
        if (key && record) (record.signers ??= []).push({ organization: entry.organization, line: key.line, path: entry.path });
      }
      // Step 8.
      for (const entry of folder.entries.filter(({ type }) => type === "signers")) {
        const record = records.get(entry.number)?.record;
        const keys = record?.get("keys").filter((map) => map.get("status") !== "compromised").map((map) => map.get("key"));
        if (!keys || !allowedSigners(id, keys).equals(entry.bytes)) faults.push({ path: entry.path, error: "DerivedMismatch" });
      }
      this.organizations.set(id, { records, faults });
    }
    for (const [id, { records }] of this.organizations) for (const number of records.keys()) this.counts(id, number);
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
        (other) => (record.get("authorized_by") ?? []).includes(digestOf(other.entry.bytes)) && this.counts(helper, other.number)),
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
    const here = [...this.organizations].flatMap(([organization, { records }]) =>
      [...records.values()].filter(({ follows }) => follows).map(({ entry }) => [digestOf(entry.bytes), organization]));
    const owners = new Map(here);
    // "Vouching", 3: of those alone whom the record, or the one before, names for recovery.
    const helpers = (number) => this.organizations.get(id).records.get(number)?.record?.get("recovery")?.get("organizations") ?? [];
    const names = ({ number, record }) => (record.get("authorized_by") ?? []).map((digest) => {
      const owner = owners.get(digest);
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

// "A letter": its faults, and the verdicts on each revision.
export function judgeLetter(id, folder, trust = new Trust(new Keys(new Map()), new Map()), witnesses = []) {
  const faults = [...folder.faults];
  // Steps 2 and 3.
  const revisions = chain(folder, faults, "letter/1", "revision", { letter: id });
  if (revisions.size === 0) faults.push({ path: folder.path, error: "ChainError" });
  const listedIn = (record) => (record?.get("signatories") ?? []).map((map) => map.get("organization") ?? null);
  const named = folder.entries.map((entry) => entry.organization).filter(Boolean);
  // A letter out of its place lists organizations too.
  const letters = numbered(folder.entries, "record").values();
  const inAny = [...letters].map((entry) => attempt([], entry.path, () => readRecord(entry.bytes))).filter((record) => record?.get("format") === "letter/1");
  const organizations = [...new Set([...inAny.flatMap(listedIn), ...named])].filter(Boolean).sort();
  // Step 6, the withdrawals themselves.
  const withdrawals = new Map();
  for (const entry of folder.entries.filter(({ type }) => type === "withdrawal")) {
    const { number, organization, act } = entry;
    const good = attempt(faults, entry.path, () => {
      const record = readAs(entry, "withdrawal/1", { letter: id, revision: String(number), organization });
      const revision = revisions.get(number);
      if (record.get("text") !== (revision && digestOf(revision.entry.bytes))) throw new Failure("ChainError", "text");
      return true;
    });
    withdrawals.set(`${number} ${organization} ${act}`, { entry, good });
  }
  // Steps 4 and 5, and the signatures of step 6.
  const messages = [...revisions.values()].map(({ entry }) => entry.bytes);
  const signatures = folder.entries.filter(({ type }) => type.endsWith("signature")).map((entry) => {
    const { number, organization, act } = entry;
    const withdrawal = act === undefined ? undefined : withdrawals.get(`${number} ${organization} ${act}`);
    const target = act === undefined ? revisions.get(number) : withdrawal;
    if (act !== undefined && !withdrawal?.good) {
      faults.push({ path: entry.path, error: "SignatureError" });
      return null;
    }
    const key = checkSignature(faults, entry, target?.entry.bytes, act === undefined ? messages : []);
    const standing = key && trust.of(organization).get(key.line);
    const said = key ? age(entry.path, organization, standing, witnesses) : { outcome: "invalid" };
    return { path: entry.path, number, organization, withdrawal: act !== undefined, standing, ...said };
  }).filter(Boolean);
  // Step 7.
  const judged = [...revisions.keys()].map((number) => ({
    letter: id,
    revision: number,
    organizations: revisions.get(number).record ? verdicts(number, revisions, organizations, listedIn, signatures) : [],
    faults,
    keys: organizations,
  }));
  return { judged, signatures, organizations, faults };
}

// "Verdicts".
function verdicts(n, revisions, organizations, listedIn, signatures) {
  const listed = listedIn(revisions.get(n).record);
  const others = organizations.filter((organization) => !listed.includes(organization));
  return [...listed, ...others].flatMap((organization) => {
    const own = signatures.filter((one) => organization && one.organization === organization);
    const s = own.filter((one) => !one.withdrawal && one.outcome === "valid" && revisions.get(one.number).record !== null).map(({ number }) => number);
    const w = Math.max(0, ...own.filter((one) => one.withdrawal && one.outcome === "valid").map(({ number }) => number));
    const newest = Math.max(0, ...s.filter((number) => number <= n)) || null;
    const upTo = own.filter(({ number }) => number <= n);
    const onRevisions = upTo.filter((one) => !one.withdrawal);
    let verdict;
    if (newest === n && n > w) verdict = listed.includes(organization) ? "signed" : "endorsed";
    else if (newest !== null && newest > w) verdict = "signed-earlier";
    else if (w > 0) verdict = "withdrawn";
    else if (upTo.some(({ outcome }) => outcome === "disputed")) verdict = "disputed";
    else if (upTo.some(({ outcome }) => outcome === "unproven")) verdict = "unproven";
    else if (onRevisions.length > 0 && onRevisions.every(({ outcome }) => outcome === "invalid")) verdict = "invalid";
    else if (listed.includes(organization)) verdict = "named";
    else return [];
    const same = newest === null || !revisions.get(newest)?.record ? null : sameWording(revisions.get(newest).record, revisions.get(n).record);
    const rests = own.filter((one) => {
      if (verdict === "disputed" || verdict === "unproven") return one.outcome === verdict && one.number <= n;
      if (verdict === "withdrawn") return one.withdrawal && one.outcome === "valid" && one.number === w;
      return !one.withdrawal && one.outcome === "valid" && one.number === newest;
    }).map(({ standing }) => standing).filter(Boolean);
    const evidence = strongest(rests.map((standing) => standing.evidence));
    return [{ organization, verdict, revision: newest, listed: listed.includes(organization), same_wording: same, rests, evidence }];
  });
}

// "Checkpoints": the sound ones, with the lines of the keys that signed them, and their faults.
export function judgeCheckpoints(id, folder) {
  const faults = [...folder.faults];
  const checkpoints = numbered(folder.entries, "checkpoint");
  // Step 1.
  const sound = new Map();
  for (const [act, entry] of checkpoints) {
    const record = attempt(faults, entry.path, () => readAs(entry, "checkpoint/1", { organization: id }));
    if (record) sound.set(act, { path: entry.path, organization: id, date: record.get("date"), lines: [] });
  }
  // Step 2.
  for (const entry of folder.entries.filter(({ type }) => type === "signature")) {
    const key = checkpoints.has(entry.act) && checkSignature(faults, entry, checkpoints.get(entry.act).bytes);
    if (key) sound.get(entry.act)?.lines.push(key.line);
    else if (!checkpoints.has(entry.act)) faults.push({ path: entry.path, error: "SignatureError" });
  }
  return { faults, sound: [...sound.values()] };
}
