import { renderNumbers } from '../../plan/split.ts';
import type { Status } from '../../status.ts';
import type { Paint } from '../style.ts';
import { renderCount, renderDuration, renderNumber } from './quantity.ts';
import { renderTable } from './table.ts';
import { renderFirstLine, renderList, renderName } from './text.ts';

const commitLength = 12;
const mostItems = 5;

export function renderStatus(status: Status, paint: Paint): string {
  const rows = [
    ['CDN_URL', status.cdnUrl],
    ['live', renderLive(status)],
  ];
  if (status.applying !== null) {
    rows.push([
      'applying',
      paint('yellow', `version ${status.applying.version}: a run is under way, or did not finish`),
    ]);
  }
  for (const { version, at, base } of status.staged) {
    const beside = base === 0 ? 'with nothing live' : `beside version ${base}`;
    rows.push(['staged', `version ${version} since ${at}, ${beside}`]);
  }
  for (const { version, at, shards, recorded, missing } of status.staging) {
    const rest = missing.length === 0 ? '' : `, missing ${renderNumbers(missing)}`;
    const parts =
      shards === null ? 'no part in place yet' : `parts ${renderNumbers(recorded)} of ${shards} in place${rest}`;
    rows.push(['staging', `version ${version} since ${at}: ${parts}`]);
  }
  rows.push(['lock', renderLock(status)]);
  for (const one of status.owed) {
    const text = `${renderCount(one.items.length, 'item')} at ${one.edge}: ${renderList(one.items, mostItems)}`;
    rows.push(['owed', paint('yellow', text)]);
  }
  const drift = renderDrift(status);
  for (const text of drift) rows.push(['drift', paint('yellow', text)]);
  if (drift.length === 0)
    rows.push(['drift', status.live === null ? 'nothing to compare' : 'none: the origin holds what the manifest says']);
  const next = renderNext(status, drift.length > 0);
  return [
    paint('bold', status.environment),
    renderTable(rows, { indent: '  ' }),
    ...(next === undefined ? [] : [next]),
  ].join('\n\n');
}

function renderLive({ live }: Status): string {
  if (live === null) return 'nothing yet';
  const commit = live.commit === null ? '' : `, commit ${live.commit.slice(0, commitLength)}`;
  const message = live.message === null ? '' : `, ${renderFirstLine(live.message)}`;
  return `version ${live.version} since ${live.since}${commit}${message}`;
}

function renderLock({ lock }: Status): string {
  if (lock === null) return 'free';
  const state = lock.expired ? 'expired, the next run takes it over' : 'held';
  // The holder is a CI run's URL, or a process that already names its host.
  const host = lock.runUrl === null ? '' : ` on ${renderName(lock.host)}`;
  return `${state}: ${renderName(lock.holder)}${host}, renewed ${renderDuration(lock.ageMs)} ago`;
}

function renderDrift({ drift }: Status): string[] {
  const texts: string[] = [];
  if (drift.missing.length > 0)
    texts.push(`${renderNumber(drift.missing.length)} missing: ${renderList(drift.missing, mostItems)}`);
  if (drift.altered.length > 0)
    texts.push(`${renderNumber(drift.altered.length)} altered: ${renderList(drift.altered, mostItems)}`);
  if (drift.headers.length > 0)
    texts.push(`${renderNumber(drift.headers.length)} with other headers: ${renderList(drift.headers, mostItems)}`);
  return texts;
}

function renderNext(status: Status, drifted: boolean): string | undefined {
  const { environment, live, applying, owed } = status;
  if (live !== null && !drifted && applying === null && owed.length === 0) return undefined;
  const why = live === null && applying === null ? 'The first version' : 'Repairs, finishes and pays what is owed';
  // The etag may be the recorded one (S3), so that an ordinary deploy would not look.
  const deep = status.drift.headers.length > 0 ? ' --deep' : '';
  return `${why}: waybill deploy --env ${environment}${deep}`;
}
