// Compares records with what pages show: a list of {record, pieces} as JSON on standard input, a list of answers as JSON.
import { readFileSync } from "node:fs";
import { utf8 } from "../../src/openletter/rendering/verifier/bytes.js";
import { readRecord } from "../../src/openletter/rendering/verifier/records.js";
import { compareShown } from "../../src/openletter/rendering/verifier/shown.js";

const cases = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(cases.map(({ record, pieces }) => compareShown(readRecord(utf8(record)), pieces))));
