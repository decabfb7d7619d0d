// What was computed, in words: spec/verification.md, "Words". A sentence is a list of parts: text as it is, and what strangers
// wrote as {name}, which is set apart where it is shown.
const name = (text) => ({ name: text });

// What is outside of the repertoire never comes here; this is for what was refused: every other character is shown as an escape.
export const visible = (text) => text.replace(/[^\x20-\x7e]/gu, (it) => `\\u{${it.codePointAt(0).toString(16)}}`).slice(0, 300);

export const inFours = (digits) => digits.match(/.{4}/g).join(" ");

const dated = (one) => `${one.restsOn[0]?.record?.get("date") ?? "?"}`;
const wording = ({ same_wording }) =>
  same_wording === null ? "whether the words have changed since can't be told"
  : same_wording ? "the words are the same, the list of signatories or the note is not" : "the words have changed since";

// How the keys are known that a verdict rests on; here, never by the reader.
function known(one) {
  const by = [...new Set(one.rests.flatMap(({ unpinned }) => [...unpinned]))].sort();
  const parts = ["; key known only from this archive"];
  const names = by.flatMap((id, at) => (at ? [", ", name(id)] : [name(id)]));
  if (by.length > 0) parts.push(", and checked, by their own account, by ", ...names);
  const status = one.rests.map((standing) => standing.status);
  if (status.includes("retired")) parts.push("; it has been retired since, and nothing here shows which came first");
  if (status.includes("compromised")) parts.push("; this key got into other hands later, by the organization's own account");
  return parts;
}

// One sentence of an organization. `fingerprints` are those of the keys of the signatures that the verdict rests on.
export function sentenceOf(one, fingerprints) {
  const keys = fingerprints.length > 0 ? [`, by key ${fingerprints.join(" and ")}`] : [];
  const later = one.later ? [`; signed revision ${one.later}, a later text`] : [];
  const said = {
    signed: () => ["signed this text", ...keys, ...known(one)],
    endorsed: () => ["signed this text without being named in it", ...keys, ...known(one)],
    "signed-earlier": () => [`signed revision ${one.revision}, not this text`, ...keys, ...known(one), `; ${wording(one)}`],
    withdrawn: () => [
      `withdrew its support for revision ${one.w} and every earlier one, on ${dated(one)} by its own account`,
      ...keys,
      ...known(one),
    ],
    disputed: () => ["a signature lies here by a key that is in doubt: disputed", ...keys],
    unproven: () => ["a signature lies here that proves nothing: its key is not on record for this organization, or in doubt", ...keys],
    invalid: () => ["a signature lies here that does not hold: either the text or the signature was changed"],
    named: () =>
      one.organization === null
        ? ["printed without an id, so no signature can be matched to it; that it is printed shows no consent"]
        : ["no signature here; the letter names it, and that alone shows no consent"],
  };
  return [one.organization === null ? "(no id)" : name(one.organization), ": ", ...said[one.verdict](), ...later, " \u2014 computed here"];
}

export function summaryOf(verdicts) {
  const listed = verdicts.filter((one) => one.listed || one.organization === null).length;
  const signed = verdicts.filter(({ verdict }) => verdict === "signed").length;
  if (listed === 0) return "This letter lists no signatories.";
  return `Of ${listed} named in this letter, ${signed} signed exactly this text.`;
}
