import { createHash } from 'node:crypto';
import type * as Sdk from '@aws-sdk/client-s3';
import { withoutNodeVersionWarning } from '../../src/provider/aws-sdk.ts';
import type { Clock } from './lean/lane.ts';
import { type Route, readRoute } from './lean/route.ts';
import type { S3Options } from './options.ts';

export interface ClientOptions {
  readonly options: S3Options;
  readonly region: string | undefined;
  readonly clock: Clock;
  readonly maxSockets: number;
  readonly connectTimeoutMs: number;
  readonly socketTimeoutMs: number;
}

export interface S3Client {
  readonly sdk: typeof Sdk;
  readonly client: Sdk.S3Client;
  /** Headers of the answer that an output was made from; the SDK hides `Date`. */
  headersOf(output: object): Readonly<Record<string, string>>;
  /** The host that was asked last. */
  host(): string | undefined;
  /** How requests for keys reach the bucket; `undefined` before the first one. */
  route(): Route | undefined;
}

/** The SDK's client with its whole credential chain, without its retries, checksums in trailers and warnings. */
export function createClient(
  sdk: typeof Sdk,
  { options, region, clock, maxSockets, connectTimeoutMs, socketTimeoutMs }: ClientOptions,
): S3Client {
  const answers = new WeakMap<object, Readonly<Record<string, string>>>();
  let host: string | undefined;
  let route: Route | undefined;
  const agent = { keepAlive: true, maxSockets };
  const quiet = () => undefined;
  const logger = { trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet };
  const client = withoutNodeVersionWarning(
    () =>
      new sdk.S3Client({
        ...(region === undefined ? {} : { region }),
        ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
        ...(options.profile === undefined ? {} : { profile: options.profile }),
        forcePathStyle: options.pathStyle ?? options.endpoint !== undefined,
        // Trailing checksums make bodies aws-chunked, which many S3-compatible stores refuse or store as they come.
        requestChecksumCalculation: 'WHEN_REQUIRED',
        responseChecksumValidation: 'WHEN_REQUIRED',
        // Would open a connection of its own for every part.
        expectContinueHeader: false,
        cacheMiddleware: true,
        // Retries are the wrapper's.
        maxAttempts: 1,
        systemClockOffset: clock.offsetMs,
        logger,
        requestHandler: {
          connectionTimeout: connectTimeoutMs,
          socketTimeout: socketTimeoutMs,
          httpAgent: agent,
          httpsAgent: agent,
          logger,
        },
      }),
  );
  client.middlewareStack.add(
    (next) => async (args) => {
      const request = args.request as Parameters<typeof readRoute>[0];
      host = request.hostname;
      const { Key } = args.input as { Key?: string };
      if (Key !== undefined) route ??= readRoute(request, Key);
      const result = await next(args);
      if (result.output) answers.set(result.output, (result.response as { headers: Record<string, string> }).headers);
      return result;
    },
    { step: 'deserialize', name: 'waybillAnswers', priority: 'high' },
  );
  client.middlewareStack.add(
    (next, context) => (args) => {
      const request = args.request as { headers: Record<string, string>; body: unknown };
      // S3 takes a CRC32, which the SDK sends; older S3-compatible stores know Content-MD5 only.
      if (context.commandName === 'DeleteObjectsCommand' && typeof request.body === 'string') {
        request.headers['content-md5'] = createHash('md5').update(request.body).digest('base64');
      }
      return next(args);
    },
    { step: 'build', name: 'waybillContentMd5', priority: 'low' },
  );
  return { sdk, client, headersOf: (output) => answers.get(output) ?? {}, host: () => host, route: () => route };
}
