import { isDeepStrictEqual } from 'node:util';
import { type Chooser, chooseEdge, chooseOrigin } from './choose.ts';
import { isRecord } from './record.ts';
import type { EdgeChoice, OriginChoice } from './types.ts';

/** Where an environment's bytes go. */
export interface Choices {
  readonly origin: OriginChoice;
  readonly state: OriginChoice;
  readonly edges: readonly EdgeChoice[];
}

/** Origins, states and edges of every environment; one with mistakes is left out and named in `chooser.mistakes`. */
export async function chooseProviders(chooser: Chooser, raw: unknown): Promise<Map<string, Choices>> {
  const all = new Map<string, Choices>();
  if (!isRecord(raw) || !isRecord(raw.environments)) return all;
  for (const [name, environment] of Object.entries(raw.environments)) {
    if (!isRecord(environment)) continue;
    const choices = await chooseForOne(chooser, name, environment);
    if (choices !== undefined) all.set(name, choices);
  }
  return all;
}

async function chooseForOne(
  chooser: Chooser,
  name: string,
  raw: Readonly<Record<string, unknown>>,
): Promise<Choices | undefined> {
  const path = ['environments', name];
  const origin = await chooseOrigin(chooser, raw.origin, [...path, 'origin']);
  const state = raw.state === undefined ? origin : await chooseState(chooser, { origin, raw: raw.state, path });
  const edges = await chooseEdges(chooser, { origin, raw, path });
  return origin === undefined || state === undefined ? undefined : { origin, state, edges };
}

interface StateRequest {
  readonly origin: OriginChoice | undefined;
  readonly raw: unknown;
  readonly path: readonly string[];
}

/** A state at the origin's own place is the origin itself, so that the two are never opened as two stores. */
async function chooseState(chooser: Chooser, { origin, raw, path }: StateRequest): Promise<OriginChoice | undefined> {
  const state = await chooseOrigin(chooser, raw, [...path, 'state']);
  if (state === undefined || origin === undefined || !isDeepStrictEqual(state.location, origin.location)) return state;
  if (state.provider.id === origin.provider.id && isDeepStrictEqual(state.options, origin.options)) return origin;
  const text =
    'is the place of `origin` with other options; leave `state` out, or give it a bucket or prefix of its own';
  chooser.mistakes.push({ path: [...path, 'state'], text, code: 'CONFIG_INVALID' });
  return undefined;
}

interface EdgesRequest {
  readonly origin: OriginChoice | undefined;
  readonly raw: Readonly<Record<string, unknown>>;
  readonly path: readonly string[];
}

async function chooseEdges(chooser: Chooser, { origin, raw, path }: EdgesRequest): Promise<readonly EdgeChoice[]> {
  if (raw.edge !== undefined) {
    const list = Array.isArray(raw.edge) ? [...raw.edge.entries()] : [[undefined, raw.edge] as const];
    const edges: EdgeChoice[] = [];
    for (const [index, one] of list) {
      const edge = await chooseEdge(chooser, one, [...path, 'edge', ...(index === undefined ? [] : [index])]);
      if (edge !== undefined) edges.push(edge);
    }
    return edges;
  }
  const embedded = origin?.provider.embeddedEdge;
  if (embedded === undefined || !isRecord(raw.origin)) return [];
  // The edge that an origin brings along reads the origin's own options.
  const edge = await chooseEdge(chooser, { ...raw.origin, use: embedded }, [...path, 'origin']);
  return edge === undefined ? [] : [edge];
}
