import { expect, it, onTestFinished } from 'vitest';
import { cloudfrontEdge } from '../../providers/cloudfront/index.ts';

// Alone in its file: the SDK warns once a process, and only while nothing has silenced it.
it('opening says nothing about Node versions and leaves the environment as it was', async () => {
  const name = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED';
  delete process.env[name];
  const warnings: string[] = [];
  const listen = (warning: Error) => warnings.push(warning.message);
  process.on('warning', listen);
  onTestFinished(() => void process.off('warning', listen));
  const [edge] = await cloudfrontEdge.open({ distributionId: 'E1' }, { env: {}, directory: '/' });
  await new Promise((resolve) => setTimeout(resolve, 20));
  await edge?.close?.();
  expect(warnings).toEqual([]);
  expect(process.env[name]).toBeUndefined();
});
