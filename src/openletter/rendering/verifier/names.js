// The names of an archive: spec/archive.md, and nothing else.
import { isLetterId, isOrganization } from "./records.js";

// "Names": what a name in a folder of this kind says, or null.
export function parseName(kind, name) {
  let match;
  const number = (digits) => (digits === "0000" ? 0 : Number(digits));
  const made = (fields) =>
    (fields.number === undefined || fields.number > 0) && (fields.organization === undefined || isOrganization(fields.organization)) ? fields : null;
  if (kind === "checkpoint") {
    if ((match = /^([0-9a-f]{16})\.yaml$/.exec(name))) return made({ type: "checkpoint", act: match[1] });
    if ((match = /^([0-9a-f]{16})\.([0-9a-f]{16})\.sig$/.exec(name))) return made({ type: "signature", act: match[1], key: match[2] });
    if ((match = /^([0-9a-f]{16})\.([^_]+)\.tsr$/.exec(name))) return made({ type: "timestamp", act: match[1], organization: match[2] });
    return null;
  }
  if ((match = /^([0-9]{4})\.yaml$/.exec(name))) return made({ type: "record", number: number(match[1]) });
  if ((match = /^([0-9]{4})\.([^_]+)\.([0-9a-f]{16})\.sig$/.exec(name)))
    return made({ type: "signature", number: number(match[1]), organization: match[2], key: match[3] });
  if (kind === "keys")
    return (match = /^([0-9]{4})\.allowed_signers$/.exec(name)) ? made({ type: "signers", number: number(match[1]) }) : null;
  if ((match = /^([0-9]{4})\.([^_]+)_withdrawal\.([0-9a-f]{16})(?:\.([0-9a-f]{16}))?\.(yaml|sig)$/.exec(name)) && (match[5] === "sig") === Boolean(match[4]))
    return made({
      type: match[4] ? "withdrawal-signature" : "withdrawal",
      number: number(match[1]), organization: match[2], act: match[3], key: match[4],
    });
  return null;
}

// Files by their paths, as folders: {letters, keys, checkpoints}, each a map of ids. Null where a path is in no grammar.
export function foldersOf(files) {
  const found = { letter: new Map(), keys: new Map(), checkpoint: new Map() };
  for (const [path, bytes] of files) {
    const [, top, id, name] = /^(keys|archive\/checkpoints|archive)\/(.*)\/([^/]*)$/.exec(path) ?? [];
    const kind = { keys: "keys", "archive/checkpoints": "checkpoint", archive: "letter" }[top];
    if (!kind || !(kind === "letter" ? isLetterId(id) : isOrganization(id))) return null;
    const parsed = parseName(kind, name);
    if (parsed === null) return null;
    if (!found[kind].has(id)) found[kind].set(id, { path: path.slice(0, -name.length - 1), entries: [], faults: [] });
    found[kind].get(id).entries.push({ ...parsed, path, bytes });
  }
  return { letters: found.letter, keys: found.keys, checkpoints: found.checkpoint };
}
