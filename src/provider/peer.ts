import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * An optional package by `own`, an import from beside Waybill, else from beside the configuration: under `npx` Waybill lies in a cache, and
 * the package in the project. Rejects with Node's ERR_MODULE_NOT_FOUND when it is in neither place.
 */
export async function importPeer<T>(name: string, own: () => Promise<T>, directory: string): Promise<T> {
  try {
    return await own();
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
    const path = isMissing && error.message.includes(`'${name}'`) ? resolveFrom(directory, name) : undefined;
    if (path === undefined) throw error;
    // Found as CommonJS, whose names Node sees only in part; `default` has them all.
    const found = (await import(pathToFileURL(path).href)) as T & { readonly default?: T };
    return found.default ?? found;
  }
}

function resolveFrom(directory: string, name: string): string | undefined {
  try {
    return createRequire(join(directory, 'waybill.config.js')).resolve(name);
  } catch {
    return undefined;
  }
}
