// A copy to keep: spec/history.md, "A kept copy". It is no record of an archive, and written as one.
import { anyText, commitId, isDate, noneTwice, readRecord, refuse, treeId } from "../../src/openletter/rendering/verifier/records.js";

const KEPT = {
  "kept-checkpoint/1": {
    "format!": anyText, "date!": isDate, "commit!": commitId, "tree!": treeId, "roots!": [commitId], "commits!": [commitId],
  },
};

const KEPT_RULES = {
  "kept-checkpoint/1": (kept) => {
    const commit = kept.get("commit");
    for (const [name, most] of [["roots", 100], ["commits", 14000]]) {
      const ids = kept.get(name);
      if (ids.length > most) refuse("FieldValue", name);
      ids.forEach((id, at) => id.length === commit.length || refuse("FieldConflict", `${name}[${at}]`));
      noneTwice(ids, (at) => `${name}[${at}]`);
    }
    const roots = kept.get("roots");
    if (roots.some((id, at) => at > 0 && id < roots[at - 1])) refuse("FieldConflict", "roots");
    if (kept.get("commits")[0] !== commit) refuse("FieldConflict", "commits[0]");
  },
};

export const readKept = (bytes) => readRecord(bytes, KEPT, KEPT_RULES);
