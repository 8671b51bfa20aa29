import { describe, expect, test } from 'vitest';
import { makeTree } from '../temp.ts';
import { makeProject, parseJson, renderConfig, waybill } from './waybill.ts';

const zoneId = '023e105f4ecef8ad9ca31a8372d0c353';
const memory = { origin: { use: 'memory' }, url: 'https://static.shop.example/' };

function project(edge: unknown): string {
  return makeTree({ 'waybill.config.json': renderConfig({ prod: { ...memory, edge } }) });
}

interface Printed {
  readonly kind: string;
  readonly format: number;
  readonly environment: string;
  readonly documents: readonly { readonly title: string; readonly format: string; readonly body: string }[];
  readonly without: readonly string[];
}

async function readDocuments(edge: unknown): Promise<Printed> {
  const run = await waybill(project(edge), 'policy --json');
  expect(run).toMatchObject({ code: 0, stderr: '' });
  return parseJson<Printed>(run);
}

describe('waybill policy', () => {
  test('an IAM policy for the distributions that are configured, and no others', async () => {
    const { kind, format, documents, without } = await readDocuments({
      use: 'cloudfront',
      distributionId: ['E1', 'E2'],
    });
    expect({ kind, format, without }).toEqual({ kind: 'policy', format: 1, without: ['memory'] });
    expect(documents.map(({ title, format }) => [title, format])).toEqual([
      ['IAM policy for CloudFront E1, E2', 'json'],
    ]);
    expect(JSON.parse(documents[0]!.body)).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: ['cloudfront:CreateInvalidation', 'cloudfront:GetInvalidation'],
          Resource: [
            'arn:aws:cloudfront::ACCOUNT_ID:distribution/E1',
            'arn:aws:cloudfront::ACCOUNT_ID:distribution/E2',
          ],
        },
      ],
    });
  });

  test('the partition of AWS China', async () => {
    const { documents } = await readDocuments({ use: 'cloudfront', distributionId: 'E1', region: 'cn-north-1' });
    expect(documents[0]?.body).toContain('"arn:aws-cn:cloudfront::ACCOUNT_ID:distribution/E1"');
  });

  test('what tokens of other vendors must be allowed, each once', async () => {
    const cloudflare = { use: 'cloudflare', zoneId };
    const fastly = { use: 'fastly', serviceId: 'SU1TEST' };
    const http = { use: 'http', endpoint: 'http://127.0.0.1:6081' };
    const { documents, without } = await readDocuments([http, cloudflare, { ...cloudflare, soft: true }, fastly]);
    expect(documents.map(({ title, format }) => [title, format])).toEqual([
      [`Cloudflare API token for zone ${zoneId}`, 'text'],
      ['Fastly API token for service SU1TEST', 'text'],
    ]);
    expect(documents[0]?.body).toMatch(/CLOUDFLARE_API_TOKEN[\s\S]*Zone\.Cache Purge[\s\S]*023e105f/);
    expect(documents[1]?.body).toMatch(/FASTLY_API_TOKEN[\s\S]*purge_select[\s\S]*purge_all[\s\S]*SU1TEST/);
    expect(without).toEqual(['memory', 'http']);
  });

  test('as text, and where nothing needs to be allowed', async () => {
    const edge = await waybill(project({ use: 'fastly', serviceId: 'SU1TEST' }), 'policy');
    expect(edge.stdout).toMatch(/^Fastly API token for service SU1TEST\n\nvariable/);
    expect(edge.stdout).toContain('Nothing needs to be allowed for memory.');
    const none = await waybill(makeProject(), 'policy --env dev');
    expect(none).toMatchObject({ code: 0, stdout: 'Nothing needs to be allowed for local.\n' });
  });

  test('opens nothing: it needs no credentials and no source', async () => {
    const edge = { use: 'cloudfront', distributionId: 'E1', profile: 'not-there' };
    expect((await readDocuments(edge)).documents).toHaveLength(1);
  });

  test('a state location of its own is asked, too', async () => {
    const state = { use: 'local', directory: '.state' };
    const tree = makeTree({
      'waybill.config.json': renderConfig({ prod: { ...memory, state } }),
    });
    expect(parseJson<Printed>(await waybill(tree, 'policy --env prod --json')).without).toEqual(['memory', 'local']);
  });
});
