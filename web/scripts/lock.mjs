// Adds what npm leaves out of the lock on one system and asks for on another: the optional packages of all of them.
// Run after every change of dependencies: `npm install && node scripts/lock.mjs`.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const FILE = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(FILE, "utf8"));
const added = [];
for (const entry of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const place = `node_modules/${name}`;
    if (lock.packages[place]) continue;
    const { cpu, os, libc, integrity } = view(name, version) ?? read(name);
    lock.packages[place] = {
      version: version.replace(/^[~^]/, ""),
      ...(cpu ? { cpu } : {}),
      ...(integrity ? { integrity } : {}),
      ...(entry.dev ? { dev: true } : {}),
      ...(libc ? { libc } : {}),
      optional: true,
      ...(os ? { os } : {}),
    };
    added.push(name);
  }
}

/** What the registry says of a package; null where it does not carry it. */
function view(name, version) {
  try {
    const text = execFileSync("npm", ["view", `${name}@${version}`, "--json"], { encoding: "utf8", stdio: "pipe" });
    const found = [JSON.parse(text)].flat().at(-1);
    return { ...found, integrity: found.dist.integrity };
  } catch {
    return null;
  }
}

/** What the name says: `swc-linux-x64-musl`. */
function read(name) {
  const os = /darwin|win32|linux|android|freebsd|openbsd|netbsd|sunos|aix/.exec(name)?.[0];
  const cpu = /x64|arm64|arm\b|ia32|riscv64|s390x|ppc64|loong64|mips64el|wasm32/.exec(name)?.[0];
  return { os: os && [os], cpu: cpu && [cpu] };
}

const sorted = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(FILE, `${JSON.stringify({ ...lock, packages: sorted }, null, 2)}\n`);
console.log(added.length ? `added ${added.join(", ")}` : "nothing was missing");
