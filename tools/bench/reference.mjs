// s5cmd is in few distributions: where it is absent, what it took elsewhere, by how much quicker or slower `openssl` hashes here.
import { timeOpenssl } from './openssl.mjs';

/** With 30 ms of round trip, on a machine where `openssl sha256` took 1.5 s for 1 GB in 100,000 files; `cpu` dominates each. */
const measured = {
  '10k first': { wall: 13.6, cpu: 13.5 },
  '10k no-op': { wall: 1.35, cpu: 1.3 },
  '100k first': { wall: 189, cpu: 179, peakMb: 1200 },
  '100k no-op': { wall: 19.6, cpu: 18.8, peakMb: 1500 },
  '100k one changed': { wall: 19.6, cpu: 18.8, peakMb: 1500 },
};
const opensslThere = 1.5;

/** How much processor time the same takes here, for one there: other work on the machine counts not. */
export async function measureFactor(folder, { files, bytes }) {
  const here = (await timeOpenssl(folder)).cpu * (1_000_000_000 / (files * bytes));
  return here / opensslThere;
}

/** Results of s5cmd, as if it had run here at `scale`. */
export function referenceResults({ factor, scale, names }) {
  return Object.entries(measured)
    .filter(([key]) => names.includes(key.split(' ')[0]))
    .map(([key, { wall, cpu, peakMb }]) => {
      const [site, ...step] = key.split(' ');
      const times = { wall: wall * factor * scale, cpu: cpu * factor * scale };
      return {
        site,
        step: step.join(' '),
        roundTripMs: 30,
        tool: 's5cmd (reference)',
        ...times,
        peakMb: peakMb && peakMb * scale,
      };
    });
}
