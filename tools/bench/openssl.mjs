import { readdirSync } from 'node:fs';
import { timed } from './measure.mjs';

/** One process of `openssl sha256` over all files of a folder, whose names must fit into one command line. */
export async function timeOpenssl(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => `${parentPath.slice(folder.length + 1)}/${name}`);
  return timed(['openssl', 'sha256', ...files], { cwd: folder, env: process.env });
}
