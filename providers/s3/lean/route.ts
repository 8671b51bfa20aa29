import type { Identity } from './sign.ts';

/** How requests reach the bucket. */
export interface Route {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: number | undefined;
  /** Before the key; ends in `/`. */
  readonly basePath: string;
  readonly region: string;
}

interface SentRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Read off a request of the SDK's for a key. `undefined` where the key does not stand at the end of the path, or the signature is none that is made here. */
export function readRoute({ protocol, hostname, port, path, headers }: SentRequest, key: string): Route | undefined {
  const scope = /^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/([^/]+)\/s3\/aws4_request/.exec(
    headers.authorization ?? '',
  );
  const end = encodePath(key);
  const region = scope?.[1];
  if (region === undefined || !path.endsWith(`/${end}`)) return undefined;
  return { protocol, hostname, port, basePath: path.slice(0, -end.length), region };
}

/** `host` as it is signed and sent: with the port unless it is the protocol's own. */
export function hostOf({ hostname, port }: Route): string {
  return port === undefined ? hostname : `${hostname}:${port}`;
}

/** RFC 3986, as S3 wants it in a path: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html */
export function encodePath(key: string): string {
  return /[^\w./~-]/.test(key) ? escapeUri(key).replaceAll('%2F', '/') : key;
}

/** RFC 3986 for one value of a query. */
export function escapeUri(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Regions of Amazon's that have their buckets at `<bucket>.s3.<region>.amazonaws.com`, and nothing else to know. */
const plainRegion =
  /^(?:af|ap|ca|eu|il|me|mx|sa|us)-(?:central|east|north|northeast|northwest|south|southeast|southwest|west)-\d$/;
/** Without dots, which a certificate does not cover, and without the endings of other kinds of buckets (`--x-s3`, `-s3alias`). */
const plainBucket = /^(?!xn--|sthree-)[a-z0-9](?:[a-z0-9]|-(?!-)){1,61}[a-z0-9]$/;

/** Variables that make the SDK go elsewhere. */
const detours = [
  'AWS_ENDPOINT_URL',
  'AWS_ENDPOINT_URL_S3',
  'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS',
  'AWS_USE_DUALSTACK_ENDPOINT',
  'AWS_USE_FIPS_ENDPOINT',
];

type Env = Readonly<Record<string, string | undefined>>;

/** Where a bucket is, as the options say. */
export interface Address {
  readonly bucket: string;
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly pathStyle?: boolean | undefined;
}

/**
 * The route where it follows from the options alone, as the SDK would find it after loading for a while. `undefined` for whatever needs the
 * SDK's rules: access points, directory buckets, names with dots, FIPS, dual stack, regions of other partitions. `hasConfig` says whether
 * there is an AWS configuration file, which may ask for some of them.
 */
export function directRoute(
  { bucket, region, endpoint, pathStyle }: Address,
  env: Env,
  hasConfig: boolean,
): Route | undefined {
  if (!plainBucket.test(bucket) || bucket.endsWith('-s3alias') || detours.some((name) => env[name])) return undefined;
  if (endpoint !== undefined) {
    const { protocol, hostname, port, pathname, search } = new URL(endpoint);
    if (pathStyle === false || search !== '') return undefined;
    const below = pathname.replace(/\/+$/, '');
    const basePath = `${below}/${bucket}/`;
    return {
      protocol,
      hostname,
      port: port === '' ? undefined : Number(port),
      basePath,
      region: region ?? env.AWS_REGION ?? 'us-east-1',
    };
  }
  const where = region ?? env.AWS_REGION;
  if (where === undefined || !plainRegion.test(where) || pathStyle === true || hasConfig) return undefined;
  return {
    protocol: 'https:',
    hostname: `${bucket}.s3.${where}.amazonaws.com`,
    port: undefined,
    basePath: '/',
    region: where,
  };
}

/** The credentials that the SDK's chain takes before it looks anywhere else. */
export function directIdentity(profile: string | undefined, env: Env): Identity | undefined {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = env;
  const isElsewhere =
    profile !== undefined || env.AWS_PROFILE || env.AWS_CREDENTIAL_EXPIRATION || env.AWS_CREDENTIAL_SCOPE;
  if (isElsewhere || !accessKeyId || !secretAccessKey) return undefined;
  return sessionToken ? { accessKeyId, secretAccessKey, sessionToken } : { accessKeyId, secretAccessKey };
}
