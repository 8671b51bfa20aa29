import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { SourceError } from '../errors/errors.ts';
import type { Asset, External } from '../model.ts';
import { toSourceError } from './read-error.ts';
import type { FoundFile } from './walk.ts';

export interface Externals {
  /** What is still to be uploaded. */
  readonly assets: readonly Asset[];
  /** With the digest of the local bytes where none was configured. */
  readonly externals: ReadonlyMap<string, External>;
  readonly warnings: readonly string[];
}

/**
 * Takes out what a public CDN serves, after a look at the local bytes where there are any: those of the file itself, not of a rewritten
 * copy, since the public copy is the file as it was published. A file that a rewritten one names stays, since that reference is
 * relative. Nothing is fetched. Raises EXTERNAL_MISMATCH.
 */
export async function takeExternals(
  all: readonly Asset[],
  configured: ReadonlyMap<string, External>,
  files: readonly FoundFile[],
): Promise<Externals> {
  if (configured.size === 0) return { assets: all, externals: configured, warnings: [] };
  const local = new Map(files.map((file) => [file.path, file]));
  const externals = new Map<string, External>();
  for (const [path, external] of configured) {
    const file = local.get(path);
    externals.set(path, file === undefined ? external : { ...external, integrity: await checkBytes(file, external) });
  }
  const users = await findUsers(all, configured);
  const warnings = [...users].map(
    ([path, user]) => `${path} is uploaded although it is one of \`externals\`: ${user} names it`,
  );
  const assets = all.filter(({ path }) => !configured.has(path) || users.has(path));
  return { assets, externals, warnings };
}

type Algorithm = 'sha256' | 'sha384' | 'sha512';

/** The configured digests if one of the strongest kind fits, or the file's own: https://www.w3.org/TR/sri/#the-integrity-attribute */
async function checkBytes({ file, label, path }: FoundFile, { url, integrity }: External): Promise<string> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw toSourceError(error, label);
  });
  const digestOf = (algorithm: Algorithm) => `${algorithm}-${createHash(algorithm).update(bytes).digest('base64')}`;
  if (integrity === undefined) return digestOf('sha384');
  const strongest = (['sha512', 'sha384', 'sha256'] as const).find((one) => integrity.includes(`${one}-`)) ?? 'sha384';
  const found = digestOf(strongest);
  if (integrity.split(' ').includes(found)) return integrity;
  throw new SourceError('EXTERNAL_MISMATCH', `${path} is not the file that \`externals\` says: here it is ${found}`, {
    hint: `Look whether ${url} is of the same version as ${label}, or correct \`integrity\`.`,
  });
}

/** Which of the paths a rewritten style sheet or script names, and the first that does. */
async function findUsers(all: readonly Asset[], paths: ReadonlyMap<string, unknown>): Promise<Map<string, string>> {
  const hashed = all.filter(({ key, path }) => key !== path);
  const wanted = hashed.filter(({ path }) => paths.has(path));
  const users = new Map<string, string>();
  if (wanted.length === 0) return users;
  for (const asset of hashed) {
    if (paths.has(asset.path) || !/\.(css|js)$/.test(asset.path)) continue;
    const text = Buffer.from(await asset.body.bytes()).toString('latin1');
    for (const { path, key } of wanted) {
      const name = Buffer.from(key.slice(key.lastIndexOf('/') + 1)).toString('latin1');
      if (!users.has(path) && text.includes(name)) users.set(path, asset.path);
    }
  }
  return users;
}
