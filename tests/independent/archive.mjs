// A plain folder as an archive: spec/archive.md, and nothing else. Nothing here judges what is in a file.
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseName } from "../../src/openletter/rendering/verifier/names.js";
import { isOrganization, isSlug } from "../../src/openletter/rendering/verifier/records.js";

const MARK = ["/.gitattributes", "/archive/**", "/keys/**"].reduce(
  (text, path) => `${text}${path} -text !eol -ident -filter !working-tree-encoding -export-ignore -export-subst -merge\n`,
  "# openletter archive/1: the bytes of this file are fixed\n",
);
const LIMITS = { yaml: 1 << 20, allowed_signers: 1 << 20, sig: 4 << 10, tsr: 64 << 10 };

// The whole folder is refused; its message is the type of the failure.
export class Refused extends Error {}

// "Reading", steps 1 to 4: {letters, keys, checkpoints}, each a map of folders, and faults outside of them.
export function readFolder(root) {
  const faults = [];
  const fault = (path, error, into = faults) => into.push({ path, error });
  const isFolder = (path) => lstatSync(join(root, path)).isDirectory();
  const present = (name) => readdirSync(root).includes(name);

  // Step 2.
  const mark = present(".gitattributes") && lstatSync(join(root, ".gitattributes")).isFile() ? readFileSync(join(root, ".gitattributes"), "utf8") : null;
  const trace = present("archive") || present("keys") || mark?.startsWith(MARK.slice(0, MARK.indexOf("\n") + 1));
  if (!present(".gitattributes") || (mark !== MARK && !trace)) throw new Refused("NotAnArchive");
  if (mark !== MARK && !present(".git")) throw new Refused("NotAnArchive");
  if (mark !== MARK) throw new Refused("AttributesChanged");

  // Steps 3 and 4: the files of one folder.
  function files(path, kind) {
    const folder = { path, entries: [], faults: [] };
    let total = 0;
    for (const name of readdirSync(join(root, path)).sort()) {
      const inside = `${path}/${name}`;
      const stat = lstatSync(join(root, inside));
      const parsed = parseName(kind, name);
      if (!parsed || !stat.isFile()) fault(inside, "ForeignPath", folder.faults);
      else if (stat.size > LIMITS[name.split(".").at(-1)] || (total += stat.size) > 64 << 20) fault(inside, "TooLarge", folder.faults);
      else folder.entries.push({ ...parsed, path: inside, bytes: readFileSync(join(root, inside)) });
    }
    return folder;
  }

  // The folders of one folder.
  function folders(path, good, each) {
    for (const name of readdirSync(join(root, path)).sort()) {
      if (good(name) && isFolder(`${path}/${name}`)) each(`${path}/${name}`, name);
      else fault(`${path}/${name}`, "ForeignPath");
    }
  }

  const found = { letters: new Map(), keys: new Map(), checkpoints: new Map(), faults };
  for (const top of ["archive", "keys"]) {
    if (!present(top)) continue;
    if (!isFolder(top)) fault(top, "ForeignPath");
    else if (top === "keys") folders(top, isOrganization, (path, id) => found.keys.set(id, files(path, "keys")));
    else
      folders(top, (name) => name === "checkpoints" || /^[0-9]{4}$/.test(name), (path, year) => {
        if (year === "checkpoints") folders(path, isOrganization, (inner, id) => found.checkpoints.set(id, files(inner, "checkpoint")));
        else folders(path, isSlug, (inner, slug) => found.letters.set(`${year}/${slug}`, files(inner, "letter")));
      });
  }
  return found;
}
