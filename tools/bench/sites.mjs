// Workloads: the same bytes each time.
import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** Of S3. */
export const sites = [
  { name: '10k', files: 10_000, bytes: 10_000, label: '10,000 x 10 KB' },
  { name: '100k', files: 100_000, bytes: 1_000, label: '100,000 x 1 KB' },
  { name: '1gb', files: 1, bytes: 1_000_000_000, label: '1 GB in one file' },
];

const blockBytes = 1024 * 1024;
const extensions = ['js', 'css', 'svg', 'png'];

/** Writes a site of `files` files and waits until no file system's clock can confuse a later write with these. */
export async function makeSite(folder, { files, bytes }) {
  const block = Buffer.concat(
    Array.from({ length: blockBytes / 32 }, (_, i) => createHash('sha256').update(`${i}`).digest()),
  );
  mkdirSync(folder, { recursive: true });
  for (let index = 0; index < files; index++) {
    if (index % 1000 === 0) mkdirSync(join(folder, folderOf(index)), { recursive: true });
    writeFile(join(folder, nameOf(index)), index, bytes, block);
  }
  await setTimeout(2100);
}

function folderOf(index) {
  // Short: 100,000 names must fit into the command line of openssl, 2 MB.
  return String(Math.floor(index / 1000)).padStart(2, '0');
}

function nameOf(index) {
  return `${folderOf(index)}/${String(index % 1000).padStart(3, '0')}.${extensions[index % extensions.length]}`;
}

function writeFile(file, index, bytes, block) {
  const handle = openSync(file, 'w');
  for (let at = 0; at < bytes; at += block.length) {
    const piece = block.subarray(0, Math.min(block.length, bytes - at));
    // No two files, and no two pieces of one, are alike.
    piece.write(`/* ${index} ${at} */`.padEnd(32).slice(0, piece.length));
    writeSync(handle, piece);
  }
  closeSync(handle);
}

/** Changes one file, its size too: some tools look at nothing else. */
export async function changeOne(folder, files) {
  const file = join(folder, nameOf(Math.floor(files / 2)));
  writeFileSync(file, Buffer.alloc(statSync(file).size + 1, `changed ${Date.now()} `));
  await setTimeout(2100);
}
