import * as z from 'zod';
import type { AssetClass, Manifest, ManifestFile } from '../model.ts';
import { chunkNamesSchema } from './chunk-codec.ts';
import type { ChunkName } from './chunks.ts';
import { parseDocument } from './documents.ts';
import { versionKey } from './keys.ts';
import { decodeTable, encodeRows, encodeTable, type RowForm } from './rows.ts';

const classes: readonly AssetClass[] = ['immutable', 'mutable', 'entry'];

const manifestSchema = z
  .object({
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
    headers: z.array(z.record(z.string(), z.string())).optional(),
    /** Rows are checked by hand: a schema for each of 100,000 rows would cost more than reading them. */
    files: z.custom<readonly unknown[]>(Array.isArray, 'not a list').optional(),
    chunks: chunkNamesSchema.optional(),
  })
  .refine(
    ({ headers, files, chunks }) => (chunks ? !headers && !files : headers && files),
    'it needs either headers and files, or chunks',
  );

/** docs/formats.md describes the rows. */
export const fileForm: RowForm<ManifestFile> = {
  member: 'files',
  keyOf: (file) => file.key,
  encode: (file, table) => [
    file.key,
    // The logical path is the key unless a fingerprint renamed the file.
    file.path === file.key ? 0 : file.path,
    file.sha256,
    file.size,
    classes.indexOf(file.class),
    table.indexOf(file.headers),
  ],
  decode(raw, headers) {
    const [key, path, sha256, size, cls, set] = Array.isArray(raw) ? (raw as unknown[]) : [];
    const found = typeof set === 'number' ? headers[set] : undefined;
    const assetClass = typeof cls === 'number' ? classes[cls] : undefined;
    const isFile =
      typeof key === 'string' &&
      typeof sha256 === 'string' &&
      typeof size === 'number' &&
      (path === 0 || typeof path === 'string');
    if (!isFile || !found || !assetClass) return undefined;
    return { key, path: path === 0 ? key : path, sha256, size, class: assetClass, headers: found };
  },
};

/** What stands at a version's key: either its files, or the chunks that hold them. */
export interface ManifestDocument {
  readonly head: Omit<Manifest, 'files'>;
  readonly files?: readonly ManifestFile[];
  readonly chunks?: readonly ChunkName[];
}

/** Deterministic: equal manifests give equal bytes. */
export function encodeManifest({ files, source, ...head }: Manifest): Uint8Array {
  return encodeTable({ ...head, source: { ...source } }, fileForm, files);
}

/** The same manifest with its rows elsewhere. */
export function encodeManifestIndex({ files: _, source, ...head }: Manifest, chunks: readonly ChunkName[]): Uint8Array {
  return encodeRows({ ...head, source: { ...source } }, 'chunks', chunks);
}

/** Throws STATE_NEWER or STATE_DAMAGED. */
export function parseManifest(bytes: Uint8Array, version: number): ManifestDocument {
  const key = versionKey(version);
  const { headers = [], files = [], chunks, ...rest } = parseDocument(manifestSchema, bytes, key);
  const head = { ...rest, source: stripUndefined(rest.source) } as Omit<Manifest, 'files'>;
  return chunks ? { head, chunks } : { head, files: decodeTable(fileForm, files, headers, key) };
}

function stripUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}
