import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { detectProject } from './config/detect.ts';
import { listConfigs } from './config/find.ts';
import { renderJson, renderTypeScript } from './config/starter.ts';
import { UsageError } from './errors/errors.ts';

/** A configuration that was thought out, but not written yet. */
export interface InitPlan {
  /** Absolute path of the file to write. */
  readonly file: string;
  readonly content: string;
  /** What kind of project it is for, e.g. `a Vite project`. */
  readonly found: string;
  /** Sentences for the user: what to run or correct. */
  readonly notes: readonly string[];
}

/**
 * A configuration for what stands in `directory`: TypeScript where `waybill` is installed, JSON elsewhere, since an import that
 * editors and compilers cannot find would disturb. Throws UsageError when there is a configuration already.
 */
export async function planInit(directory: string): Promise<InitPlan> {
  const folder = resolve(directory);
  const existing = listExisting(folder)[0];
  if (existing !== undefined) throw refuse(join(folder, existing));
  const detected = detectProject(folder);
  const name = detected.hasLibrary ? 'waybill.config.ts' : 'waybill.config.json';
  return {
    file: join(folder, name),
    content: detected.hasLibrary ? renderTypeScript(detected) : renderJson(detected),
    found: detected.found,
    notes: [
      ...detected.notes,
      'Add `.cdn/` and `.env.cdn` to .gitignore: the local CDN and its address.',
      ...(detected.hasLibrary ? [] : ['docs/configuration.md shows a `prod` on S3 and CloudFront.']),
    ],
  };
}

/** Writes what `planInit` thought out, never over a file. Throws UsageError. */
export async function applyInit({ file, content }: Pick<InitPlan, 'file' | 'content'>): Promise<void> {
  try {
    await writeFile(file, content, { flag: 'wx' });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw refuse(file);
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError('USAGE', `${file} cannot be written: ${reason}`, { cause: error });
  }
}

function listExisting(folder: string): string[] {
  try {
    return listConfigs(folder);
  } catch (error) {
    throw new UsageError('USAGE', `The folder ${folder} cannot be read.`, { cause: error });
  }
}

function refuse(file: string): UsageError {
  return new UsageError('USAGE', `There is a configuration already: ${file}`, { hint: 'Edit it, or remove it first.' });
}
