import type {
  CreateInvalidationCommandInput,
  GetInvalidationCommandInput,
  Invalidation,
} from '@aws-sdk/client-cloudfront';
import { withoutNodeVersionWarning } from '../../src/provider/aws-sdk.ts';
import type { CloudFrontOptions } from './options.ts';

/** The two operations that an edge needs. They reject with what the SDK throws. */
export interface CloudFrontApi {
  /** For messages. */
  readonly endpoint: string;
  create(input: CreateInvalidationCommandInput, signal: AbortSignal): Promise<Invalidation | undefined>;
  get(input: GetInvalidationCommandInput, signal: AbortSignal): Promise<Invalidation | undefined>;
  close(): void;
}

export type ApiOptions = Pick<CloudFrontOptions, 'region' | 'endpoint' | 'profile'>;

/** CloudFront is a global service that is signed for this region. */
const defaultRegion = 'us-east-1';
const connectTimeoutMs = 10_000;
/** The SDK by itself would wait for an answer for ever. */
const requestTimeoutMs = 60_000;

/** Loads the SDK and makes one client, with the SDK's whole credential chain and without its retries: our wrapper retries. */
export async function openApi({ region, endpoint, profile }: ApiOptions): Promise<CloudFrontApi> {
  const sdk = await import('@aws-sdk/client-cloudfront');
  const client = withoutNodeVersionWarning(
    () =>
      new sdk.CloudFrontClient({
        region: region ?? defaultRegion,
        maxAttempts: 1,
        requestHandler: {
          connectionTimeout: connectTimeoutMs,
          requestTimeout: requestTimeoutMs,
          throwOnRequestTimeout: true,
        },
        ...(endpoint === undefined ? {} : { endpoint }),
        ...(profile === undefined ? {} : { profile }),
      }),
  );
  return {
    endpoint: endpoint ?? 'https://cloudfront.amazonaws.com',
    create: async (input, abortSignal) =>
      (await client.send(new sdk.CreateInvalidationCommand(input), { abortSignal })).Invalidation,
    get: async (input, abortSignal) =>
      (await client.send(new sdk.GetInvalidationCommand(input), { abortSignal })).Invalidation,
    close: () => client.destroy(),
  };
}
