// Keys and signatures: spec/signatures.md, and nothing else.
// Ed25519 itself is the engine's. What it may be laxer in than the spec is refused here, before it is asked.
import { ascii, concat, equal, Failure, fromBase64, hex, latin1, sha256, sha512, toBase64, utf8 } from "./bytes.js";

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const A = 2707385501144840649318225287225658788936804267575313519463743609750303402022n;
const FILE = "ssh-ed25519";
const HARDWARE = "sk-ssh-ed25519@openssh.com";
const BEGIN = ascii("-----BEGIN SSH SIGNATURE-----\n");
const END = ascii("-----END SSH SIGNATURE-----\n");

const littleEndian = (bytes) => BigInt("0x" + hex(Uint8Array.from(bytes).reverse()));
const mod = (n) => ((n % P) + P) % P;

function power(base, exponent) {
  let result = 1n;
  for (base = mod(base); exponent > 0n; exponent >>= 1n, base = (base * base) % P)
    if (exponent & 1n) result = (result * base) % P;
  return result;
}

const D = mod(-121665n * power(121666n, P - 2n));

const uint32 = (number) => new Uint8Array([number >>> 24, number >>> 16, number >>> 8, number]);
const sshString = (bytes) => concat(uint32(bytes.length), bytes);

class Fields {
  constructor(bytes, failure) {
    Object.assign(this, { bytes, failure, at: 0 });
  }
  take(length) {
    if (this.at + length > this.bytes.length) throw new Failure(this.failure, "a length beyond the end");
    return this.bytes.subarray(this.at, (this.at += length));
  }
  uint32() {
    return this.take(4).reduce((sum, byte) => sum * 256 + byte, 0);
  }
  string() {
    return this.take(this.uint32());
  }
  end() {
    if (this.at !== this.bytes.length) throw new Failure(this.failure, "bytes after the end");
  }
}

// "Refused points". All 14 encodings have one of these y, once reduced; a y that is not below p is refused too.
const POINTS = new Set();
function checkPoint(point) {
  if (POINTS.has(hex(point))) return;
  const y = littleEndian(point) & (2n ** 255n - 1n);
  if (y >= P || [1n, P - 1n, 0n, A, P - A].includes(y)) throw new Failure("WeakKey", "rule 1 or 2");
  const square = mod((y * y - 1n) * (D * y * y + 1n));
  if (square !== 0n && power(square, (P - 1n) / 2n) !== 1n) throw new Failure("PublicKeyError", "rule 3");
  POINTS.add(hex(point));
}

export function readKey(blob) {
  const fields = new Fields(blob, "PublicKeyError");
  const type = latin1(fields.string());
  if (type !== FILE && type !== HARDWARE) throw new Failure("UnknownAlgorithm", "type of key");
  const point = fields.string();
  if (point.length !== 32) throw new Failure("PublicKeyError", "length of the point");
  if (type === HARDWARE && latin1(fields.string()) !== "ssh:") throw new Failure("PublicKeyError", "application");
  fields.end();
  checkPoint(point);
  return { type, point, blob, line: `${type} ${toBase64(blob)}` };
}

// "As text".
export function readKeyLine(line) {
  const key = readKey(fromBase64(line.slice(line.indexOf(" ") + 1), "PublicKeyError"));
  if (key.line !== line) throw new Failure("PublicKeyError", "another spelling");
  return key;
}

export const shortName = async ({ blob }) => hex(await sha256(blob)).slice(0, 16);
export const fingerprint = async ({ blob }) => "SHA256:" + toBase64(await sha256(blob)).replace(/=+$/, "");

function armor(blob) {
  return concat(BEGIN, ascii(toBase64(blob).match(/.{1,70}/g).join("\n") + "\n"), END);
}

export function decodeSignature(file) {
  // Step 1.
  if (file.length > 4096) throw new Failure("ArmorError", "over 4096 bytes");
  // Step 2.
  const framed = equal(file.subarray(0, BEGIN.length), BEGIN) && equal(file.subarray(-END.length), END);
  if (file.includes(0x0d) || !framed) throw new Failure("ArmorError", "markers");
  // Step 3.
  const text = latin1(file.subarray(BEGIN.length, -END.length));
  const blob = fromBase64(text.replaceAll("\n", ""), "ArmorError");
  // Step 4.
  const fields = new Fields(blob, "BlobError");
  if (latin1(fields.take(6)) !== "SSHSIG") throw new Failure("BlobError", "magic");
  if (fields.uint32() !== 1) throw new Failure("BlobError", "version");
  const [keyBlob, namespace, reserved, hash, signature] = [1, 2, 3, 4, 5].map(() => fields.string());
  fields.end();
  if (reserved.length > 0) throw new Failure("BlobError", "reserved field");
  // Step 5.
  if (latin1(namespace) !== "openletter") throw new Failure("WrongNamespace", "namespace");
  // Step 6.
  if (latin1(hash) !== "sha512") throw new Failure("UnknownAlgorithm", "hash");
  // Step 7.
  const key = readKey(keyBlob);
  // Step 8.
  const inner = new Fields(signature, "BlobError");
  if (latin1(inner.string()) !== key.type) throw new Failure("UnknownAlgorithm", "type of signature");
  const raw = inner.string();
  const tail = key.type === HARDWARE ? inner.take(5) : new Uint8Array(0);
  inner.end();
  // Step 9.
  if (raw.length !== 64) throw new Failure("BlobError", "length of R || S");
  // Step 10.
  if (littleEndian(raw.subarray(32)) >= L) throw new Failure("SignatureMismatch", "S is not below L");
  // Step 11.
  if (!equal(armor(blob), file)) throw new Failure("ArmorError", "another spelling");
  return { key, raw, tail };
}

// What is signed for a message; a long one is read once, however many sign it.
const SIGNED = new WeakMap();
function signedData(message) {
  const make = async () => concat(ascii("SSHSIG"), ...[ascii("openletter"), ascii(""), ascii("sha512"), await sha512(message)].map(sshString));
  if (!SIGNED.has(message)) SIGNED.set(message, make());
  return SIGNED.get(message);
}

export async function verifySignature({ key, raw, tail }, message) {
  // Step 1.
  let data = await signedData(message);
  if (key.type === HARDWARE) {
    // Step 1.1.
    if ((tail[0] & 1) === 0) throw new Failure("AuthenticatorError", "user not present");
    // Step 1.2.
    data = concat(await sha256(ascii("ssh:")), tail, await sha256(data));
  }
  // Step 2.
  const point = await crypto.subtle.importKey("raw", key.point, { name: "Ed25519" }, false, ["verify"]);
  if (!(await crypto.subtle.verify({ name: "Ed25519" }, point, raw, data))) throw new Failure("SignatureMismatch", "doesn't fit");
}

// "allowed_signers".
export const allowedSigners = (organization, keyLines) =>
  utf8(keyLines.map((line) => `${organization} namespaces="openletter" ${line}\n`).join(""));

// The example of the spec: does this engine accept it, and refuse it for another message? Throws what the engine throws.
export async function engineVerifies() {
  const key = readKeyLine("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIF83jcPjj86yB+7yoHN7VhvUI2wRAIKsXIVl+zgObwr5");
  const raw = fromBase64("gHmwy408IUiVEaWOqvIWBmCf/N2mp0tAIyGheX0FADcNaNSA1vNfeEJkMPmzqoVXOyPxIRno7XWxz+1FMltpBA==", "BlobError");
  await verifySignature({ key, raw, tail: [] }, ascii("The wells belong to all who drink from them.\n"));
  try {
    await verifySignature({ key, raw, tail: [] }, ascii("The wells belong to all who pay for them.\n"));
  } catch (failure) {
    return failure instanceof Failure;
  }
  return false;
}
