import {
  CloudFrontClient,
  CreateDistributionCommand,
  GetInvalidationCommand,
  ListInvalidationsCommand,
} from '@aws-sdk/client-cloudfront';

/** Where a moto server listens (`moto_server -H 127.0.0.1 -p PORT`), from WAYBILL_TEST_MOTO. */
export const motoEndpoint = process.env.WAYBILL_TEST_MOTO;

/** Any keys do: neither server checks signatures. Also keeps this machine's own AWS settings out of the tests. */
export const testCredentials = {
  AWS_ACCESS_KEY_ID: 'testing',
  AWS_SECRET_ACCESS_KEY: 'testing',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
};

// Clients of the tests say nothing about Node versions either.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

export function createClient(endpoint: string): CloudFrontClient {
  const credentials = { accessKeyId: 'testing', secretAccessKey: 'testing' };
  return new CloudFrontClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
}

/** Makes a distribution at moto and gives its id. */
export async function createDistribution(client: CloudFrontClient): Promise<string> {
  const origin = { Id: 's3', DomainName: 'shop-static.s3.amazonaws.com', S3OriginConfig: { OriginAccessIdentity: '' } };
  const made = await client.send(
    new CreateDistributionCommand({
      DistributionConfig: {
        CallerReference: crypto.randomUUID(),
        Comment: 'test',
        Enabled: true,
        Origins: { Quantity: 1, Items: [origin] },
        DefaultCacheBehavior: {
          TargetOriginId: 's3',
          ViewerProtocolPolicy: 'redirect-to-https',
          CachePolicyId: '658327ea-f89d-4fab-a63d-7e88639e58f6',
        },
      },
    }),
  );
  return made.Distribution!.Id!;
}

/** The items of all invalidations of a distribution, read through the API. */
export async function readAccepted(client: CloudFrontClient, distributionId: string): Promise<readonly string[]> {
  const listed = await client.send(new ListInvalidationsCommand({ DistributionId: distributionId }));
  const items: string[] = [];
  for (const { Id } of listed.InvalidationList?.Items ?? []) {
    const found = await client.send(new GetInvalidationCommand({ DistributionId: distributionId, Id: Id! }));
    items.push(...(found.Invalidation?.InvalidationBatch?.Paths?.Items ?? []));
  }
  return items;
}
