import type { Import, Module } from './modules.ts';

/** `process` and `console` outside of cli/ and bin/: file → why. */
export const globalsAllowed: Readonly<Record<string, string>> = {
  'src/host.ts': 'who holds a lock, and the variables that the library takes when it is handed none',
  'src/provider/aws-sdk.ts':
    'the SDK announces the end of Node versions unless a variable is set while a client is made',
  'providers/local/etag.ts': 'a clock finer than a millisecond tells two writes apart',
  'providers/local/flush.ts': 'which system it is decides how a disk is flushed',
  'providers/local/mutex.ts': 'names its process, and looks whether the one that holds the mutex lives',
};

/** Origins that may build on another one's folder: stores that speak its protocol, each with manners of its own. */
export const buildsOn: Readonly<Record<string, string>> = { r2: 's3', b2: 's3', spaces: 's3', minio: 's3' };

/** Modules of src/ that providers may use beside src/provider and src/errors. */
const leaves = new Set(['src/model.ts', 'src/byte-order.ts']);

/** `src/plan` may load neither Node's modules nor packages, not even through another module. */
export function checkPlan(modules: readonly Module[]): string[] {
  const byFile = new Map(modules.map((module) => [module.file, module]));
  const open = modules.filter((module) => module.file.startsWith('src/plan/'));
  const seen = new Set(open);
  const found: string[] = [];
  for (let module = open.pop(); module !== undefined; module = open.pop()) {
    for (const one of module.imports.filter(({ isType }) => !isType)) {
      if (one.target === undefined) found.push(`${module.file} imports ${one.specifier}, and src/plan is pure`);
      const next = byFile.get(one.target ?? '');
      if (next !== undefined && !seen.has(next)) {
        seen.add(next);
        open.push(next);
      }
    }
  }
  return found;
}

export function checkImports(modules: readonly Module[]): string[] {
  return modules.flatMap((module) =>
    module.imports
      .filter((one) => isForbidden(module.file, one))
      .map((one) => `${module.file} must not import ${one.specifier}`),
  );
}

function isForbidden(file: string, { target, isType }: Import): boolean {
  if (target === undefined) return false;
  const own = providerOf(file);
  if (own !== undefined) {
    const other = providerOf(target);
    return !isOpenToProviders(target) && other !== own && (other === undefined || other !== buildsOn[own]);
  }
  if (!target.startsWith('src/') && !target.startsWith('providers/')) return file.startsWith('src/');
  // The folder cli/ draws and asks; nothing else may lean on it, not even for a type.
  if (target.startsWith('src/cli/')) return !file.startsWith('src/cli/') && !file.startsWith('bin/');
  if (target.startsWith('providers/')) return file.startsWith('src/') && !mayImportProviders(file);
  return file.startsWith('src/plan/') && !isType && target.startsWith('src/provider/');
}

function isOpenToProviders(target: string): boolean {
  return target.startsWith('src/provider/') || target.startsWith('src/errors/') || leaves.has(target);
}

function mayImportProviders(file: string): boolean {
  return file.startsWith('src/cli/') || file === 'src/index.ts';
}

/** `s3` for `providers/s3/origin.ts`; nothing for the catalogue. */
export function providerOf(file: string): string | undefined {
  return /^providers\/([^/]+)\//.exec(file)?.[1];
}

/** Vendors' SDKs cost a tenth of a second each, so only `open` may load one. `sdks` are the packages that providers declare. */
export function checkLaziness(modules: readonly Module[], sdks: ReadonlySet<string>): string[] {
  return modules.flatMap((module) =>
    module.imports
      .filter((one) => !one.isType && !one.isLazy && sdks.has(packageOf(one.specifier)))
      .map((one) => `${module.file} loads ${one.specifier} before it is used`),
  );
}

/** `@scope/name` or `name` of `@scope/name/part`. */
export function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

export function checkGlobals(modules: readonly Module[], allowed: Readonly<Record<string, string>>): string[] {
  return modules
    .filter(({ file }) => !file.startsWith('src/cli/') && !file.startsWith('bin/') && !(file in allowed))
    .filter(
      ({ globals, imports }) =>
        globals.length > 0 || imports.some((one) => /^(node:)?(process|console)$/.test(one.specifier)),
    )
    .map(({ file, globals }) => `${file} uses ${globals[0] ?? 'process'}: take it as an argument`);
}

/** Files that may call `remove` of an origin, and why. */
export const removersAllowed: Readonly<Record<string, string>> = {
  'src/apply/removal.ts': 'removes what a prune planned',
  'src/provider/conditions.ts': 'hands the call on',
  'src/provider/limit.ts': 'hands the call on',
  'src/provider/retry.ts': 'hands the call on',
  'src/provider/trace.ts': 'hands the call on',
  'src/provider/watch.ts': 'hands the call on',
};

/** Whatever is removed at an origin passes one function, and that one is called for prunes only. */
export function checkRemoval(modules: readonly Module[], allowed: Readonly<Record<string, string>>): string[] {
  return modules
    .filter(({ file }) => file.startsWith('src/'))
    .flatMap(({ file, members, imports }) => [
      ...(members.has('remove') && !(file in allowed) ? [`${file} calls remove, and only prune removes`] : []),
      ...imports
        .filter(({ target, isType }) => !isType && target === 'src/apply/removal.ts' && file !== 'src/sweep.ts')
        .map(() => `${file} imports src/apply/removal.ts, and only prune removes`),
    ]);
}

export function checkSizes(modules: readonly Module[]): string[] {
  return modules.flatMap(({ file, lines }) => {
    const most = file.startsWith('test/') ? 500 : file.startsWith('src/cli/commands/') ? 80 : 350;
    const isNameless = /(^|\/)(utils?|helpers?|misc|common)(\.[^/]*|\/.*)$/.test(file);
    return [
      ...(lines > most ? [`${file} has ${lines} lines; ${most} are the most`] : []),
      ...(isNameless ? [`${file} needs a name that says what is in it`] : []),
    ];
  });
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
