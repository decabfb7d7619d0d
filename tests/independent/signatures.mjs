// Keys and signatures: spec/signatures.md, and nothing else.
import { createHash, createPublicKey, verify as verifyEd25519 } from "node:crypto";
import { Failure } from "./canonical.mjs";

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const A = 2707385501144840649318225287225658788936804267575313519463743609750303402022n;
const FILE = "ssh-ed25519";
const HARDWARE = "sk-ssh-ed25519@openssh.com";
const BEGIN = Buffer.from("-----BEGIN SSH SIGNATURE-----\n");
const END = Buffer.from("-----END SSH SIGNATURE-----\n");

export const sha256 = (bytes) => createHash("sha256").update(bytes).digest();
const sha512 = (bytes) => createHash("sha512").update(bytes).digest();
export const digestOf = (bytes) => "sha256:" + sha256(bytes).toString("hex");
const number = (bytes) => BigInt("0x" + Buffer.from(bytes).reverse().toString("hex"));
const mod = (n) => ((n % P) + P) % P;

function power(base, exponent) {
  let result = 1n;
  for (base = mod(base); exponent > 0n; exponent >>= 1n, base = (base * base) % P)
    if (exponent & 1n) result = (result * base) % P;
  return result;
}

const D = mod(-121665n * power(121666n, P - 2n));

function string(bytes) {
  const content = Buffer.from(bytes);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, content]);
}

class Fields {
  constructor(bytes, failure) {
    Object.assign(this, { bytes, failure, at: 0 });
  }
  take(length) {
    if (this.at + length > this.bytes.length) throw new Failure(this.failure, "a length beyond the end");
    return this.bytes.subarray(this.at, (this.at += length));
  }
  uint32() {
    return this.take(4).readUInt32BE();
  }
  string() {
    return this.take(this.uint32());
  }
  end() {
    if (this.at !== this.bytes.length) throw new Failure(this.failure, "bytes after the end");
  }
}

// "Refused points". All 14 encodings have one of these y, once reduced; a y that is not below p is refused too.
function checkPoint(point) {
  const y = number(point) & (2n ** 255n - 1n);
  if (y >= P || [1n, P - 1n, 0n, A, P - A].includes(y)) throw new Failure("WeakKey", "rule 1 or 2");
  const square = mod((y * y - 1n) * (D * y * y + 1n));
  if (square !== 0n && power(square, (P - 1n) / 2n) !== 1n) throw new Failure("PublicKeyError", "rule 3");
}

export function readKey(blob) {
  const fields = new Fields(blob, "PublicKeyError");
  const type = fields.string().toString("latin1");
  if (type !== FILE && type !== HARDWARE) throw new Failure("UnknownAlgorithm", "type of key");
  const point = fields.string();
  if (point.length !== 32) throw new Failure("PublicKeyError", "length of the point");
  if (type === HARDWARE && fields.string().toString("latin1") !== "ssh:") throw new Failure("PublicKeyError", "application");
  fields.end();
  checkPoint(point);
  return { type, point, blob, line: `${type} ${blob.toString("base64")}`, short: sha256(blob).toString("hex").slice(0, 16) };
}

function base64(text, failure) {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new Failure(failure, "base64");
  return Buffer.from(text, "base64");
}

// "As text".
export function readKeyLine(line) {
  const key = readKey(base64(line.slice(line.indexOf(" ") + 1), "PublicKeyError"));
  if (key.line !== line) throw new Failure("PublicKeyError", "another spelling");
  return key;
}

function armor(blob) {
  const lines = blob.toString("base64").match(/.{1,70}/g).join("\n") + "\n";
  return Buffer.concat([BEGIN, Buffer.from(lines), END]);
}

export function decode(file) {
  // Step 1.
  if (file.length > 4096) throw new Failure("ArmorError", "over 4096 bytes");
  // Step 2.
  const framed = file.subarray(0, BEGIN.length).equals(BEGIN) && file.subarray(-END.length).equals(END);
  if (file.includes(0x0d) || !framed) throw new Failure("ArmorError", "markers");
  // Step 3.
  const text = file.subarray(BEGIN.length, -END.length).toString("latin1");
  const blob = base64(text.replaceAll("\n", ""), "ArmorError");
  // Step 4.
  const fields = new Fields(blob, "BlobError");
  if (fields.take(6).toString("latin1") !== "SSHSIG") throw new Failure("BlobError", "magic");
  if (fields.uint32() !== 1) throw new Failure("BlobError", "version");
  const [keyBlob, namespace, reserved, hash, signature] = [1, 2, 3, 4, 5].map(() => fields.string());
  fields.end();
  if (reserved.length > 0) throw new Failure("BlobError", "reserved field");
  // Step 5.
  if (namespace.toString("latin1") !== "openletter") throw new Failure("WrongNamespace", "namespace");
  // Step 6.
  if (hash.toString("latin1") !== "sha512") throw new Failure("UnknownAlgorithm", "hash");
  // Step 7.
  const key = readKey(keyBlob);
  // Step 8.
  const inner = new Fields(signature, "BlobError");
  if (inner.string().toString("latin1") !== key.type) throw new Failure("UnknownAlgorithm", "type of signature");
  const raw = inner.string();
  const tail = key.type === HARDWARE ? inner.take(5) : Buffer.alloc(0);
  inner.end();
  // Step 9.
  if (raw.length !== 64) throw new Failure("BlobError", "length of R || S");
  // Step 10.
  if (number(raw.subarray(32)) >= L) throw new Failure("SignatureMismatch", "S is not below L");
  // Step 11.
  if (!armor(blob).equals(file)) throw new Failure("ArmorError", "another spelling");
  return { key, raw, tail };
}

export function verify({ key, raw, tail }, message) {
  // Step 1.
  let data = Buffer.concat([Buffer.from("SSHSIG"), ...["openletter", "", "sha512", sha512(message)].map(string)]);
  if (key.type === HARDWARE) {
    // Step 1.1.
    if ((tail[0] & 1) === 0) throw new Failure("AuthenticatorError", "user not present");
    // Step 1.2.
    data = Buffer.concat([sha256("ssh:"), tail, sha256(data)]);
  }
  // Step 2: OpenSSL computes the same equation.
  const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), key.point]);
  if (!verifyEd25519(null, data, createPublicKey({ key: der, format: "der", type: "spki" }), raw))
    throw new Failure("SignatureMismatch", "doesn't fit");
}

// "allowed_signers".
export const allowedSigners = (organization, keyLines) =>
  Buffer.from(keyLines.map((line) => `${organization} namespaces="openletter" ${line}\n`).join(""));
