import { resolve } from 'node:path';
import type { Choices } from './choices.ts';
import { parseSize } from './size.ts';
import { resolveSource } from './sources.ts';
import type {
  Config,
  Environment,
  Limits,
  Output,
  WrittenConfig,
  WrittenEnvironment,
  WrittenInvalidation,
  WrittenLimits,
  WrittenOutput,
} from './types.ts';

/** Fills defaults in and makes paths absolute. `written` has passed the schema; `choices` has every environment. */
export function resolveConfig(file: string, written: WrittenConfig, choices: ReadonlyMap<string, Choices>): Config {
  const directory = resolve(file, '..');
  const environments = Object.entries(written.environments).flatMap(([name, environment]) => {
    const chosen = choices.get(name);
    return chosen === undefined ? [] : [resolveOne(name, environment, { directory, chosen })];
  });
  return {
    file,
    directory,
    project: written.project ?? 'default',
    sources: written.sources.map((source) => resolveSource(source, written, directory)),
    ignore: written.ignore ?? [],
    collisions: written.collisions ?? 'error',
    classes: (written.classes ?? []).map((rule) => ({ match: toList(rule.match), class: rule.class })),
    headers: (written.headers ?? []).map((rule) => ({ match: toList(rule.match), set: lowerNames(rule.set) })),
    externals: new Map(
      Object.entries(written.externals ?? {}).map(([path, one]) => [
        path,
        typeof one === 'string' ? { url: one } : one,
      ]),
    ),
    environments: new Map(environments.map((environment) => [environment.name, environment])),
  };
}

function resolveOne(
  name: string,
  written: WrittenEnvironment,
  { directory, chosen }: { directory: string; chosen: Choices },
): Environment {
  return {
    name,
    ...chosen,
    // Lower-case host, percent-encoded path, no default port: the form that browsers and edges see.
    url: new URL(written.url).href,
    outputs: (written.outputs ?? []).map((output) => resolveOutput(output, directory)),
    limits: resolveLimits(written.limits ?? {}),
    invalidation: resolveInvalidation(written.invalidation),
    keep: {
      versions: written.keep?.versions ?? 10,
      days: written.keep?.days ?? 30,
      staged: written.keep?.staged ?? 7,
    },
    protected: written.protected ?? false,
  };
}

/** The list price of a gigabyte that leaves S3 for the internet: https://aws.amazon.com/s3/pricing/ */
const egressUsdPerGB = 0.09;

/** The defaults suit a deploy a day. */
function resolveInvalidation({ budget = {}, ...rest }: WrittenInvalidation = {}): Environment['invalidation'] {
  const { usd, items } = budget;
  return {
    budget: { ...(usd === undefined ? {} : { usd }), ...(items === undefined ? {} : { items }) },
    refillUsdPerGB: rest.refillUsdPerGB ?? egressUsdPerGB,
    runsPerMonth: rest.runsPerMonth ?? 30,
  };
}

function resolveLimits({ fileSize, totalSize, floor = 20, required = [], ...shares }: WrittenLimits): Limits {
  const bytes = { fileSize: toBytes(fileSize), totalSize: toBytes(totalSize) };
  return { ...withoutUndefined({ ...shares, ...bytes }), floor, required };
}

function toBytes(written: number | string | undefined): number | undefined {
  return written === undefined ? undefined : parseSize(written);
}

function withoutUndefined<T extends object>(value: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as never;
}

function resolveOutput(output: WrittenOutput, directory: string): Output {
  const variable = ('variable' in output ? output.variable : undefined) ?? 'CDN_URL';
  return 'path' in output
    ? { kind: output.kind, path: resolve(directory, output.path), variable }
    : { kind: output.kind, variable };
}

function toList(match: string | readonly string[]): readonly string[] {
  return typeof match === 'string' ? [match] : match;
}

function lowerNames(set: Readonly<Record<string, string | null>>): Record<string, string | null> {
  return Object.fromEntries(Object.entries(set).map(([name, value]) => [name.toLowerCase(), value]));
}
