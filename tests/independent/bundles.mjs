// Reads bundles: a list of base64 as JSON on standard input; "accept" or the type of the failure of each, as JSON.
import { readFileSync } from "node:fs";
import { decodeBundle } from "../../src/openletter/rendering/verifier/bundle.js";
import { Failure } from "../../src/openletter/rendering/verifier/bytes.js";

const answers = [];
for (const text of JSON.parse(readFileSync(0, "utf8")))
  try {
    await decodeBundle(new Uint8Array(Buffer.from(text, "base64")));
    answers.push("accept");
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    answers.push(failure.type);
  }
console.log(JSON.stringify(answers));
