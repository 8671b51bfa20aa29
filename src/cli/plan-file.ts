import { randomUUID } from 'node:crypto';
import { readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PlanError, UsageError } from '../errors/errors.ts';
import { parsePlan } from '../plan/file.ts';
import type { Plan } from '../plan/types.ts';
import { sha256Hex } from '../provider/bytes.ts';

/** Writes `plan --out`: whole or not at all. Throws UsageError. */
export async function writePlanFile(cwd: string, name: string, plan: Plan): Promise<void> {
  const file = resolve(cwd, name);
  try {
    await replaceFile(file, `${JSON.stringify(plan, null, 2)}\n`);
  } catch (error) {
    throw new UsageError('USAGE', `The plan cannot be written to ${file}: ${describe(error)}`, {
      hint: 'Give --out a file in a folder that exists.',
      cause: error,
    });
  }
}

async function replaceFile(file: string, text: string): Promise<void> {
  const target = await realpath(file).catch(() => file);
  const found = await stat(target).catch(() => undefined);
  // A rename would put a file in the place of `/dev/null` or a pipe.
  if (found !== undefined && !found.isFile()) return writeFile(target, text);
  // Beside the file, so that the rename stays on one file system.
  const temporary = `${target}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, text, { flag: 'wx' });
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Reads `deploy --plan`. Throws PLAN_UNREADABLE. */
export async function readPlanFile(cwd: string, name: string): Promise<Plan> {
  const file = resolve(cwd, name);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new PlanError('PLAN_UNREADABLE', `${file} cannot be read: ${describe(error)}`, {
      hint: 'Make it with `waybill plan --out`.',
      cause: error,
    });
  }
  return parsePlan(text, { name: file, hash: sha256Hex });
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
