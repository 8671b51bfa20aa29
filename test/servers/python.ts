import { spawnSync } from 'node:child_process';

/** Debian's Python, for which its packages `python3-django` and `python3-djangorestframework` are; `WAYBILL_PYTHON` names another one. */
export const python = process.env.WAYBILL_PYTHON ?? '/usr/bin/python3';

function probe(module: string): boolean {
  return spawnSync(python, ['-c', `import ${module}`]).status === 0;
}

/** Why tests with a real Django cannot run here, or undefined. */
export const noDjango =
  probe('django') && probe('rest_framework')
    ? undefined
    : `${python} has no django or no rest_framework; install python3-django and python3-djangorestframework, or set WAYBILL_PYTHON`;
