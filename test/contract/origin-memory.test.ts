import { createMemoryOrigin } from '../../providers/memory/index.ts';
import { describeOrigin } from './origin.ts';

describeOrigin('memory', async () => {
  const origin = createMemoryOrigin({ prefix: 'site' });
  return {
    origin,
    neighbour: async () => createMemoryOrigin({ prefix: 'other', objects: origin.objects }),
    async foreign(key, bytes) {
      origin.objects.set(`site/${key}`, {
        bytes,
        etag: 'theirs',
        headers: {},
        visibility: 'public',
        writtenAt: Date.now(),
      });
    },
    isPublic: async (key) => origin.objects.get(`site/${key}`)?.visibility === 'public',
  };
});
