import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localEdge } from '../../providers/local/index.ts';
import { describeEdge } from './edge.ts';

describeEdge('local', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'waybill-contract-'));
  const [edge] = await localEdge.open(localEdge.parse({ directory: 'cdn' }, 'edge'), { env: {}, directory });
  if (!edge) throw new Error('The local provider opened no edge.');
  return {
    edge,
    accepted: async () => readItems(join(directory, 'cdn/.waybill/local/invalidations.jsonl')),
    close: async () => rmSync(directory, { recursive: true }),
  };
});

function readItems(file: string): string[] {
  try {
    const lines = readFileSync(file, 'utf8').trim().split('\n').slice(1);
    return lines.flatMap((line) => JSON.parse(line).items);
  } catch {
    return [];
  }
}
