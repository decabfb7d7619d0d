// The evidence that travels with a page: spec/bundle.md, "bundle/1". Read strictly, and then judged like an archive.
import { ascii, concat, equal, Failure, fromBase64, hex, latin1, sha256, toBase64 } from "./bytes.js";
import { foldersOf } from "./names.js";
import { isLetterId, isOrganization } from "./records.js";
import { Trust } from "./trust.js";
import { judgeLetter, Keys } from "./verification.js";

const MOST = { bytes: 1 << 25, files: 100000, trees: 10000, known: 10000 };

const refuseBundle = (why, field = null) => {
  throw new Failure("BundleError", why, field);
};
const ordered = (texts) => texts.every((text, at) => at === 0 || texts[at - 1] < text);
const isList = (list, most) => Array.isArray(list) && list.length <= most && list.every((one) => typeof one === "string");

export async function decodeBundle(bytes) {
  // Step 1: the size.
  if (bytes.length > MOST.bytes) refuseBundle("too large");
  // Step 2: the sum, against accidents.
  const text = latin1(bytes);
  const sum = /^,"sha256":"([0-9a-f]{64})"\}$/.exec(text.slice(-77));
  if (!sum) refuseBundle("it doesn't end in its own sum", "sha256");
  if (hex(await sha256(bytes.subarray(0, -77))) !== sum[1]) refuseBundle("its sum is that of other bytes", "sha256");
  // Step 3: no more characters and levels than there can be. Without a backslash there is no second spelling of a character.
  if (!/^[!-%'-;=?-[\]-~]+$/.test(text)) refuseBundle("a character that has no place in it");
  for (const brace of "{}[]") if (text.split(brace, 4).length > 3) refuseBundle("more levels than it has");
  // Step 4: JSON, with the fields in their order.
  let fields;
  try {
    fields = JSON.parse(text);
  } catch {
    refuseBundle("it is no JSON");
  }
  if (fields.format !== "bundle/1") refuseBundle("another format", "format");
  const names = ["format", "letter", "revision", "known", "files", "trees", "sha256"];
  const due = names.filter((name) => Object.hasOwn(fields, name) || !["known", "trees"].includes(name));
  if (Object.keys(fields).join() !== due.join()) refuseBundle("the fields are not these in this order");
  // Step 5: their kinds and values.
  const { letter, revision, known = [], trees = [] } = fields;
  if (typeof letter !== "string" || !isLetterId(letter)) refuseBundle("no letter's id", "letter");
  if (!Number.isInteger(revision) || revision < 1 || revision > 9999) refuseBundle("no number of a revision", "revision");
  if (!isList(known, MOST.known) || !known.every(isOrganization) || !ordered(known)) refuseBundle("not ids in their order", "known");
  if (typeof fields.files !== "object" || fields.files === null || Array.isArray(fields.files)) refuseBundle("no files", "files");
  const paths = Object.keys(fields.files);
  if (!isList(Object.values(fields.files), MOST.files)) refuseBundle("not texts, or too many", "files");
  const files = new Map(paths.map((path) => [path, fromBase64(fields.files[path], "BundleError", "files")]));
  const folders = foldersOf(files) ?? refuseBundle("a path that an archive may not hold", "files");
  if ([...folders.letters.keys()].join() !== letter) refuseBundle("not this letter, or another one", "files");
  const shown = folders.letters.get(letter).entries.find((entry) => entry.type === "record" && entry.number === revision);
  if (!shown) refuseBundle("the revision that it is about is not in it", "files");
  if (!isList(trees, MOST.trees)) refuseBundle("not texts, or too many", "trees");
  const bodies = trees.map((tree) => fromBase64(tree, "BundleError", "trees"));
  const ids = [];
  for (const body of bodies) ids.push(await gitTreeId(body));
  if (!ordered(ids)) refuseBundle("the trees are not in their order, each once", "trees");
  // Step 6: one spelling. An object of JSON.parse keeps one of two values of a name, and the order of the names.
  const again = { ...fields, files: Object.fromEntries(paths.sort().map((path) => [path, toBase64(files.get(path))])) };
  if (known.length === 0) delete again.known;
  if (trees.length === 0) delete again.trees;
  else again.trees = bodies.map(toBase64);
  if (!equal(ascii(JSON.stringify(again)), bytes)) refuseBundle("written again, this gives other bytes");
  return { letter, revision, files, folders, record: shown.bytes, digest: "sha256:" + hex(await sha256(shown.bytes)) };
}

// The id that git gives to a tree, which must be one that git could have written. In a page nothing is witnessed by it.
async function gitTreeId(body) {
  const places = [];
  for (let at = 0; at < body.length; ) {
    const end = body.indexOf(0, at);
    const [, mode, name] = /^(100644|100755|120000|40000) ([^/]+)$/.exec(latin1(body.subarray(at, Math.max(end, at)))) ?? [];
    if (!mode || end + 33 > body.length) refuseBundle("no tree", "trees");
    places.push({ name, place: mode === "40000" ? name + "/" : name });
    at = end + 33;
  }
  if (!ordered(places.map(({ place }) => place)) || new Set(places.map(({ name }) => name)).size < places.length)
    refuseBundle("a tree that git would not have written", "trees");
  return hex(await sha256(concat(ascii(`tree ${body.length}\0`), body)));
}

// What the letter in it is by its own files and key records: nobody's pins, and nothing that shows how old a signature is.
export async function judgeBundle({ letter, folders }) {
  const keys = await Keys.judge(folders.keys);
  const trust = new Trust(keys, new Map());
  const judged = await judgeLetter(letter, folders.letters.get(letter), trust);
  const faults = [...judged.faults, ...judged.organizations.flatMap((id) => keys.faults(id))];
  return { ...judged, faults, keys, trust };
}
