import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ProviderContext } from '../../src/provider/contract.ts';
import { createClient, type S3Client } from './client.ts';
import { type Clock, type Lane, type LaneOptions, makeLane } from './lean/lane.ts';
import { directIdentity, directRoute, hostOf } from './lean/route.ts';
import { openWire, type Wire } from './lean/wire.ts';
import type { S3Options } from './options.ts';

/** A host that does not even take the connection is not worth waiting for. */
const connectTimeoutMs = 10_000;

/** The ways to a bucket: the SDK's, which knows every credential and address there is, and the short one. */
export interface Access {
  /** Loads the SDK when it is first asked for. */
  sdk(): Promise<S3Client>;
  /**
   * `undefined` where the SDK has to sign or to find the bucket: before its first request for a key, which shows the way, or for ever (access points of
   * several regions, directory buckets).
   */
  lane(): Promise<Lane | undefined>;
  /** The host that was asked last. */
  host(): string | undefined;
  /** Where it is known without the SDK. */
  readonly region: string | undefined;
  close(): Promise<void>;
}

export interface Sockets {
  readonly most: number;
  readonly timeoutMs: number;
}

/** Sends nothing yet, and loads nothing. */
export function openAccess(options: S3Options, { env }: ProviderContext, sockets: Sockets): Access {
  const clock: Clock = { offsetMs: 0 };
  const common = { connectTimeoutMs, socketTimeoutMs: sockets.timeoutMs };
  const direct = findDirect(options, env);
  let loading: Promise<S3Client> | undefined;
  let loaded: S3Client | undefined;
  let opening: Promise<{ lane: Lane; wire: Wire }> | undefined;

  async function load(): Promise<S3Client> {
    // S3-compatible stores ask for no region, but a signature needs one.
    const anyRegion = options.endpoint !== undefined && !env.AWS_REGION ? 'us-east-1' : undefined;
    const region = options.region ?? anyRegion;
    const sdk = await import('@aws-sdk/client-s3');
    loaded = createClient(sdk, { ...common, options, region, clock, maxSockets: sockets.most });
    return loaded;
  }

  async function openLane({ route, ...signing }: Way): Promise<{ lane: Lane; wire: Wire }> {
    const wire = await openWire(`${route.protocol}//${hostOf(route)}`, { ...common, connections: sockets.most });
    return { wire, lane: makeLane({ wire, route, ...signing }) };
  }

  return {
    region: direct?.route.region,
    sdk: () => (loading ??= load()),
    async lane() {
      const way = opening ? undefined : direct ? { ...direct, clock } : loaded && findLearnt(loaded);
      if (way) opening = openLane(way);
      return (await opening)?.lane;
    },
    host: () => loaded?.host() ?? direct?.route.hostname,
    async close() {
      loaded?.client.destroy();
      await (await opening)?.wire.close();
    },
  };
}

type Way = Pick<LaneOptions, 'route' | 'clock' | 'identify'>;

/** Where options and variables say it all, the SDK need not be loaded. */
function findDirect(options: S3Options, env: ProviderContext['env']): Omit<Way, 'clock'> | undefined {
  const identity = directIdentity(options.profile, env);
  const route = identity && directRoute(options, env, hasConfig(env));
  return route && { route, identify: () => identity };
}

/** What is asked for there, only the SDK knows. */
function hasConfig(env: ProviderContext['env']): boolean {
  return existsSync(env.AWS_CONFIG_FILE || join(env.HOME || homedir(), '.aws', 'config'));
}

/** The way that the SDK has gone, with its credentials and its clock. */
function findLearnt(loaded: S3Client): Way | undefined {
  const route = loaded.route();
  const { config } = loaded.client;
  const clock: Clock = {
    get offsetMs() {
      return config.systemClockOffset;
    },
    set offsetMs(ms) {
      config.systemClockOffset = ms;
    },
  };
  return route && { route, clock, identify: () => config.credentials() };
}
