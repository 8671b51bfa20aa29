// What a run of the S3 benchmark prints.
import { median } from './measure.mjs';
import { sites } from './sites.mjs';

const measures = ['wall', 'cpu', 'peakMb', 'requests', 'writes'];

/** A Markdown table, or JSON. */
export function printResults(results, { machine, values, absent, factor }) {
  const rows = withRatios(joinRounds(results));
  if (values.json) {
    console.log(
      JSON.stringify(
        { bench: 's3', machine, scale: Number(values.scale), rounds: Number(values.rounds), absent, factor, rows },
        undefined,
        2,
      ),
    );
    return;
  }
  const share = values.scale === '1' ? '' : `, ${values.scale} of the files`;
  console.log(`${machine}; medians of ${values.rounds}${share}; ${values.endpoint ?? 'the S3 of the tests'}\n`);
  if (absent.length > 0) console.log(`Not on this machine: ${absent.join(', ')}.`);
  if (rows.some(({ tool }) => tool.endsWith('(reference)'))) {
    console.log(
      `s5cmd (reference): measured elsewhere, times ${factor.toFixed(2)}, by which openssl hashes slower here${values.scale === '1' ? '' : ', and the scale'}.`,
    );
  }
  console.log(
    '\n| workload | rtt | tool | wall | of best | user + sys | of best | peak | of best | requests | writes |',
  );
  console.log('|---|---|---|---|---|---|---|---|---|---|---|');
  for (const row of rows) console.log(renderRow(row));
}

function joinRounds(results) {
  const groups = new Map();
  for (const one of results) {
    const key = [one.site, one.roundTripMs, one.step, one.tool, one.cache].join('|');
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const order = ({ site, roundTripMs, step }) => [
    sites.findIndex(({ name }) => name === site),
    roundTripMs,
    ['first', 'no-op', 'one changed'].indexOf(step),
  ];
  return [...groups.values()]
    .map((group) => ({ ...group[0], ...Object.fromEntries(measures.map((name) => [name, middle(group, name)])) }))
    .sort(
      (a, b) =>
        order(a)
          .map((value, index) => value - order(b)[index])
          .find((difference) => difference !== 0) ?? 0,
    );
}

function middle(group, name) {
  const values = group.map((one) => one[name]).filter((value) => value !== undefined);
  return values.length === 0 ? undefined : median(values);
}

/** To the best peer of the same workload, each measure for itself; one that was ended is none. */
function withRatios(rows) {
  return rows.map((row) => {
    const peers = rows.filter(
      (one) =>
        one.site === row.site &&
        one.roundTripMs === row.roundTripMs &&
        one.step === row.step &&
        one.tool !== 'waybill' &&
        !one.cut,
    );
    const ratio = (name) => {
      const best = Math.min(...peers.map((one) => one[name] || Number.POSITIVE_INFINITY));
      return row[name] === undefined || !Number.isFinite(best) ? undefined : row[name] / best;
    };
    return { ...row, wallRatio: ratio('wall'), cpuRatio: ratio('cpu'), peakRatio: ratio('peakMb') };
  });
}

function renderRow({ site, step, roundTripMs, tool, cache, cut, ...row }) {
  const label = sites.find(({ name }) => name === site)?.label;
  const number = (value, digits, unit) =>
    value
      ? `${value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })}${unit}`
      : '';
  const cells = [
    `${label}, ${step}`,
    `${roundTripMs} ms`,
    cache === undefined ? tool : `${tool}, ${cache}`,
    `${cut ? '> ' : ''}${number(row.wall, 2, ' s')}`,
    cut ? '' : number(row.wallRatio, 2, 'x'),
    number(row.cpu, 2, ' s'),
    number(row.cpuRatio, 2, 'x'),
    number(row.peakMb, 0, ' MB'),
    number(row.peakRatio, 2, 'x'),
    row.requests === undefined ? '' : row.requests.toLocaleString('en'),
    row.writes === undefined ? '' : row.writes.toLocaleString('en'),
  ];
  return `| ${cells.join(' | ')} |`;
}
