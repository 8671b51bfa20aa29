// node delay-proxy.mjs HOST:PORT MS: a TCP proxy that is MS of round trip away. Its address is the first line of stdout; each line on stdin is
// answered with the requests seen since the last one, by method. Ends when stdin does.
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';

const [target = '', milliseconds = '0'] = process.argv.slice(2);
const [host, port] = target.split(':');
const roundTrip = Number(milliseconds);
/** What a connection may have on its way; more than bandwidth times delay of anything measured here. */
const windowBytes = 16 * 1024 * 1024;

let counts = {};

/** All wait equally long, so one queue keeps their order and needs one timer; nobody waits for a slow reader in it. */
class DelayLine {
  #waiting = [];
  #timer;
  add(run) {
    this.#waiting.push({ due: performance.now() + roundTrip / 2, run });
    this.#timer ??= setTimeout(() => this.#flush(), roundTrip / 2);
  }
  #flush() {
    const now = performance.now();
    let ready = 0;
    while (ready < this.#waiting.length && this.#waiting[ready].due <= now) this.#waiting[ready++].run();
    this.#waiting.splice(0, ready);
    const next = this.#waiting[0];
    this.#timer = next === undefined ? undefined : setTimeout(() => this.#flush(), Math.ceil(next.due - now));
  }
}

const lines = { up: new DelayLine(), down: new DelayLine() };

function carry(from, to, line, look) {
  let underWay = 0;
  from.on('data', (chunk) => {
    look?.(chunk);
    underWay += chunk.length;
    if (underWay + to.writableLength > windowBytes) from.pause();
    line.add(() => {
      if (to.destroyed) return;
      to.write(chunk, () => {
        underWay -= chunk.length;
        if (from.isPaused() && underWay <= windowBytes / 2) from.resume();
      });
    });
  });
  from.on('end', () => line.add(() => to.end()));
  from.on('error', () => to.destroy());
  from.on('close', () => line.add(() => to.destroySoon()));
}

/** None of the clients sends a request before it has the answer to the last one, so each begins a chunk. */
function countRequest(chunk) {
  if (chunk[0] < 65 || chunk[0] > 90) return;
  const method = /^(GET|HEAD|PUT|POST|DELETE) \/\S* HTTP\/1\.1\r\n/.exec(chunk.toString('latin1', 0, 4096))?.[1];
  if (method !== undefined) counts[method] = (counts[method] ?? 0) + 1;
}

const server = createServer({ noDelay: true, pauseOnConnect: true, allowHalfOpen: true }, (client) => {
  const upstream = connect({ host, port: Number(port), noDelay: true, allowHalfOpen: true });
  carry(client, upstream, lines.up, countRequest);
  carry(upstream, client, lines.down);
  client.pause();
  // A handshake takes a round trip before anything can be sent.
  setTimeout(() => client.resume(), roundTrip);
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () =>
  process.stdout.write(`127.0.0.1:${server.address().port}\n`),
);
createInterface({ input: process.stdin })
  .on('line', () => {
    process.stdout.write(`${JSON.stringify(counts)}\n`);
    counts = {};
  })
  .on('close', () => process.exit(0));
