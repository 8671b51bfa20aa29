import * as z from 'zod';
import { PlanError } from '../errors/errors.ts';
import type { AssetClass, Manifest, ManifestFile } from '../model.ts';
import { parseDocument } from './documents.ts';
import { versionKey } from './keys.ts';
import { encodeRows, HeaderTable } from './rows.ts';

const classes: readonly AssetClass[] = ['immutable', 'mutable', 'entry'];

const headSchema = z.object({
  format: z.literal(1),
  project: z.string(),
  environment: z.string(),
  version: z.number().int().positive(),
  message: z.string().optional(),
  source: z.object({
    commit: z.string().optional(),
    branch: z.string().optional(),
    dirty: z.boolean().optional(),
    commitTime: z.string().optional(),
    runUrl: z.string().optional(),
  }),
  cdnUrl: z.string(),
  createdAt: z.string(),
  aliases: z.record(z.string(), z.string()).optional(),
  externals: z.record(z.string(), z.object({ url: z.string(), integrity: z.string().optional() })).optional(),
  djangoVersion: z.string().optional(),
  headers: z.array(z.record(z.string(), z.string())),
  /** Rows are checked by hand below: a schema for each of 100,000 rows would cost more than reading them. */
  files: z.custom<readonly unknown[]>(Array.isArray, 'not a list'),
});

/** Deterministic: equal manifests give equal bytes. docs/formats.md describes the rows. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  const table = new HeaderTable();
  const rows = manifest.files.map((file) => [
    file.key,
    // The logical path is the key unless a fingerprint renamed the file.
    file.path === file.key ? 0 : file.path,
    file.sha256,
    file.size,
    classes.indexOf(file.class),
    table.indexOf(file.headers),
  ]);
  const { files: _, source, ...head } = manifest;
  return encodeRows({ ...head, source: { ...source }, headers: table.sets }, 'files', rows);
}

/** Throws STATE_NEWER or STATE_DAMAGED. */
export function parseManifest(bytes: Uint8Array, version: number): Manifest {
  const key = versionKey(version);
  const { headers, files, ...head } = parseDocument(headSchema, bytes, key);
  const rows = files.map((row): ManifestFile => {
    const [name, path, sha256, size, cls, set] = Array.isArray(row) ? (row as unknown[]) : [];
    const found = typeof set === 'number' ? headers[set] : undefined;
    const assetClass = typeof cls === 'number' ? classes[cls] : undefined;
    const ok =
      typeof name === 'string' &&
      typeof sha256 === 'string' &&
      typeof size === 'number' &&
      (path === 0 || typeof path === 'string');
    if (!ok || !found || !assetClass) {
      throw new PlanError('STATE_DAMAGED', `${key} at the origin has a row that is no file: ${JSON.stringify(row)}`);
    }
    return { key: name, path: path === 0 ? name : path, sha256, size, class: assetClass, headers: found };
  });
  return { ...head, source: stripUndefined(head.source), files: rows } as Manifest;
}

function stripUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}
