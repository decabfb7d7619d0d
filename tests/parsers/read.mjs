// A reader of npm reads documents: each line in is one in base64, each line out is what it says (tests/other_parsers.py).
import { createInterface } from "node:readline";

const READERS = {
  "js-yaml": async () => {
    const { load } = await import("js-yaml");
    return load;
  },
  "yaml-1.1": () => yaml("1.1"),
  "yaml-1.2": () => yaml("1.2"),
};

async function yaml(version) {
  const { parseDocument } = await import("yaml");
  return (text) => {
    const document = parseDocument(text, { version });
    for (const problem of [...document.errors, ...document.warnings]) throw problem;
    return document.toJS({ mapAsMap: true });
  };
}

function told(data) {
  if (typeof data === "string") return data;
  if (Array.isArray(data)) return ["list", ...data.map(told)];
  if (data instanceof Map) return ["map", ...Array.from(data, (entry) => entry.map(told))];
  if (data && Object.getPrototypeOf(data) === Object.prototype) return told(new Map(Object.entries(data)));
  return ["other", data?.constructor.name ?? "null", String(data)];
}

const read = await READERS[process.argv[2]]();
for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = { data: told(read(Buffer.from(line, "base64").toString())) };
  } catch (error) {
    answer = { refused: String(error) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
