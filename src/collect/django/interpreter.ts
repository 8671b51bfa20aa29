import { accessSync, constants } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DjangoSource } from '../../config/types.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Where virtual environments keep their Python, on POSIX and on Windows. */
const places = ['bin/python', 'Scripts/python.exe'];

/**
 * The project's Python: the configured one, else that of the active virtual environment, of `.venv` or `venv` beside manage.py or in
 * the configuration's folder, else `python3` and `python` of PATH. One command to run, absolute or by its name.
 */
export function findPython(project: NonNullable<DjangoSource['project']>, directory: string, env: Env): string {
  if (project.python !== undefined) return project.python;
  const environments = [
    ...(env.VIRTUAL_ENV ? [env.VIRTUAL_ENV] : []),
    ...[dirname(project.manage), directory].flatMap((folder) => [join(folder, '.venv'), join(folder, 'venv')]),
  ];
  const own = environments.flatMap((folder) => places.map((place) => join(folder, place))).find(isExecutable);
  if (own !== undefined) return own;
  const folders = (env.PATH ?? '').split(/[:;]/).filter((folder) => folder !== '');
  return ['python3', 'python'].find((name) => folders.some((folder) => isExecutable(join(folder, name)))) ?? 'python3';
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
