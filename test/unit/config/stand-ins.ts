import { resolve } from 'node:path';
import * as z from 'zod';
import { loadConfig } from '../../../src/config/load.ts';
import type { Config } from '../../../src/config/types.ts';
import { WaybillError } from '../../../src/errors/errors.ts';
import type { Catalogs } from '../../../src/provider/catalogs.ts';
import { parseOptions } from '../../../src/provider/define.ts';
import { defineProvider } from '../../../src/provider/define-provider.ts';
import { makeTree } from '../../temp.ts';

const prefix = z.string().default('');

export const s3Options = z.strictObject({
  bucket: z.string().min(1),
  region: z.string().optional(),
  prefix,
  endpoint: z.url().optional(),
  pathStyle: z.boolean().optional(),
  acl: z.enum(['private', 'public-read']).optional(),
});

export const localOptions = z.strictObject({
  directory: z.string().min(1),
  prefix,
  latencyMs: z.int().min(0).optional(),
});

export const cloudfrontOptions = z.strictObject({
  distributionId: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
  region: z.string().optional(),
});

const unopened = () => Promise.reject(new Error('configuration opens nothing'));

const local = defineProvider({
  kind: 'origin',
  id: 'local',
  packages: [],
  embeddedEdge: 'local',
  parse: (raw: unknown, path: string) => parseOptions(localOptions, raw, path),
  locate: (options, directory) => ({ store: resolve(directory, options.directory), prefix: options.prefix }),
  open: unopened,
});

const s3 = defineProvider({
  kind: 'origin',
  id: 's3',
  packages: [],
  parse: (raw: unknown, path: string) => parseOptions(s3Options, raw, path),
  locate: (options) => ({ store: `s3://${options.bucket}`, prefix: options.prefix.replace(/^\/+|\/+$/g, '') }),
  open: unopened,
});

const localEdge = defineProvider({
  kind: 'edge',
  id: 'local',
  packages: [],
  parse: (raw: unknown, path: string) => parseOptions(localOptions, raw, path),
  open: unopened,
});

const cloudfront = defineProvider({
  kind: 'edge',
  id: 'cloudfront',
  packages: [],
  parse: (raw: unknown, path: string) => parseOptions(cloudfrontOptions, raw, path),
  open: unopened,
});

/** Providers that parse like the real ones and open nothing. */
export const catalogs: Catalogs = {
  origins: { local: async () => local, s3: async () => s3 },
  edges: { local: async () => localEdge, cloudfront: async () => cloudfront },
};

/** A module that stands for the package in `import … from 'waybill'`. */
export const standIn = 'export const defineConfig = (config) => config;\nexport class Marker {}\n';

/** The least that is valid. */
export function minimal(): { sources: unknown[]; environments: Record<string, Record<string, unknown>> } {
  return {
    sources: [{ kind: 'directory', path: 'dist' }],
    environments: { dev: { origin: { use: 'local', directory: '.cdn' }, url: 'http://127.0.0.1:4100/' } },
  };
}

/** Loads `files` from a folder of their own that is a repository's root. */
export async function loadFrom(
  files: Readonly<Record<string, string>>,
  options: { file?: string; cwd?: string } = {},
): Promise<Config> {
  const root = makeTree({ '.git/HEAD': '', 'library/waybill.mjs': standIn, ...files });
  const cwd = options.cwd === undefined ? root : resolve(root, options.cwd);
  return loadConfig({ file: options.file, cwd, catalogs, library: resolve(root, 'library/waybill.mjs') });
}

export function loadJson(value: unknown): Promise<Config> {
  return loadFrom({ 'waybill.config.json': JSON.stringify(value, null, 2) });
}

/** The error that `run` ends in; fails when it succeeds or ends in one that was not raised on purpose. */
export async function failure(run: Promise<unknown> | (() => unknown)): Promise<WaybillError> {
  try {
    await (typeof run === 'function' ? run() : run);
  } catch (error) {
    if (error instanceof WaybillError) return error;
    throw error;
  }
  throw new Error('expected a failure');
}
