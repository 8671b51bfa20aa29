import { defineConfig } from 'waybill';

export default defineConfig({
  project: 'plain-example',
  sources: [{ kind: 'directory', path: 'site' }],
  headers: [{ match: 'img/**', set: { 'cache-control': 'public, max-age=600' } }],
  environments: {
    dev: {
      origin: { use: 'local', directory: '.cdn' },
      url: 'http://127.0.0.1:4100/',
      outputs: [{ kind: 'dotenv', path: '.env.cdn' }],
    },
  },
});
