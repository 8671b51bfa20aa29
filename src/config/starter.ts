import type { Detected } from './detect.ts';
import type { WrittenConfig, WrittenSource } from './types.ts';

type Start = Pick<Detected, 'project' | 'source' | 'ignore'>;

const url = 'http://127.0.0.1:4100/';

/** `waybill.config.json` with a `dev` that works as it stands. */
export function renderJson({ project, source, ignore }: Start): string {
  const config: WrittenConfig = {
    project,
    sources: [source],
    ...(ignore.length === 0 ? {} : { ignore: [...ignore] }),
    environments: {
      dev: { origin: { use: 'local', directory: '.cdn' }, url, outputs: [{ kind: 'dotenv', path: '.env.cdn' }] },
    },
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** The same in TypeScript, with a `prod` on S3 and CloudFront to uncomment. */
export function renderTypeScript({ project, source, ignore }: Start): string {
  const ignored = ignore.length === 0 ? '' : `\n  ignore: [${ignore.map(quote).join(', ')}],`;
  const manifest = source.kind === 'django' ? ", { kind: 'django-manifest', path: 'staticfiles.json' }" : '';
  return `import { defineConfig } from 'waybill';

export default defineConfig({
  project: ${quote(project)},
  sources: [${renderSource(source)}],${ignored}
  environments: {
    dev: {
      origin: { use: 'local', directory: '.cdn' },
      url: '${url}',
      outputs: [{ kind: 'dotenv', path: '.env.cdn' }],
    },
    // prod: {
    //   origin: { use: 's3', bucket: 'my-bucket', region: 'us-east-1', prefix: 'static' },
    //   // Live pointer, manifests and lock: beside the assets, where the CDN does not reach.
    //   state: { use: 's3', bucket: 'my-bucket', region: 'us-east-1', prefix: 'waybill-state' },
    //   edge: { use: 'cloudfront', distributionId: 'E2EXAMPLE' },
    //   url: 'https://static.example.com/static/',
    //   outputs: [{ kind: 'dotenv', path: '.env.production' }${manifest}],
    //   limits: { changedShare: 0.5 },
    //   protected: true,
    // },
  },
});
`;
}

function renderSource(source: WrittenSource): string {
  const fields = Object.entries(source).map(([name, value]) => `${name}: ${quote(String(value))}`);
  return `{ ${fields.join(', ')} }`;
}

function quote(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
