/**
 * Load from a process of its own: raw sockets, batches of QoS 1 PUBLISH made beforehand, PUBACK bytes counted. Prints one JSON line.
 * Arguments: port, connections, seconds, and messages per second (0: as many as are acknowledged).
 */
import { connect, type Socket } from 'node:net';

const BATCH = 50;
const CONNACK_BYTES = 4;
const PUBACK_BYTES = 4;
const WARM_UP_MS = 1_000;
const [port = 0, connections = 1, seconds = 3, rate = 0] = process.argv.slice(2).map(Number);

function publish(topic: string, id: number): Buffer {
  const body = JSON.stringify({ ts: 1_790_000_000_000, boot: '7f3a', metrics: { rssi_dbm: -71, snr_db: 12.5, battery_v: 12.6, temp_c: 21.5, uptime_s: 86_400 }, via: 'fibre' }).padEnd(200);
  const name = Buffer.from(topic);
  const remaining = 2 + name.length + 2 + body.length;
  const length = remaining < 128 ? [remaining] : [(remaining % 128) | 0x80, remaining >> 7];
  return Buffer.concat([Buffer.from([0x32, ...length, 0, name.length]), name, Buffer.from([id >> 8, id & 255]), Buffer.from(body)]);
}
function connectPacket(client: string): Buffer {
  const id = Buffer.from(client);
  return Buffer.concat([Buffer.from([0x10, 12 + id.length, 0, 4]), Buffer.from('MQTT'), Buffer.from([4, 2, 0, 60, 0, id.length]), id]);
}

let acked = 0;
const latencies: number[] = [];
let measuring = false;

class Sender {
  readonly #socket: Socket;
  readonly #batches: readonly Buffer[];
  readonly #single: Buffer;
  #received = -CONNACK_BYTES;
  #answered = 0;
  #next = 0;
  readonly #sentAt: number[] = [];
  readonly ready: Promise<void>;

  constructor(index: number) {
    const topic = `lianqin/v1/devices/d${index}/heartbeat`;
    const batch = (from: number): Buffer => Buffer.concat(Array.from({ length: BATCH }, (_, each) => publish(topic, from + each)));
    this.#batches = [batch(1), batch(1 + BATCH)];
    this.#single = publish(topic, 1);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.ready = promise;
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true }, () => { this.#socket.write(connectPacket(`d${index}`)); });
    this.#socket.on('error', reject);
    this.#socket.on('close', () => { if (measuring) { process.stderr.write('a connection was closed during the run\n'); process.exit(1); } });
    this.#socket.on('data', (data: Buffer) => {
      const before = this.#received;
      this.#received += data.length;
      if (before < 0 && this.#received >= 0) resolve();
      this.#take();
    });
  }

  start(): void { for (let each = 0; each < 2; each += 1) this.#batch(); }
  one(): void {
    this.#sentAt.push(performance.now());
    this.#socket.write(this.#single);
  }
  #batch(): void {
    const batch = this.#batches[this.#next % 2];
    this.#next += 1;
    if (batch !== undefined) this.#socket.write(batch);
  }
  #take(): void {
    while (this.#received - this.#answered * PUBACK_BYTES >= PUBACK_BYTES) {
      this.#answered += 1;
      acked += 1;
      if (rate > 0) {
        const sent = this.#sentAt.shift();
        if (measuring && sent !== undefined) latencies.push(performance.now() - sent);
      } else if (this.#answered % BATCH === 0) this.#batch();
    }
  }
}

const senders = Array.from({ length: connections }, (_, index) => new Sender(index));
await Promise.all(senders.map((sender) => sender.ready));
if (rate === 0) for (const sender of senders) sender.start();
else {
  let sent = 0;
  const begin = performance.now();
  setInterval(() => {
    for (const due = (performance.now() - begin) / 1_000 * rate; sent < due; sent += 1) senders[sent % connections]?.one();
  }, 1);
}
await new Promise((resolve) => { setTimeout(resolve, WARM_UP_MS); });
measuring = true;
const [before, begin] = [acked, performance.now()];
await new Promise((resolve) => { setTimeout(resolve, seconds * 1_000); });
measuring = false;
const perSecond = (acked - before) / ((performance.now() - begin) / 1_000);
latencies.sort((a, b) => a - b);
const at = (part: number): number | null => latencies[Math.floor(latencies.length * part)] ?? null;
process.stdout.write(`${JSON.stringify({ perSecond, p50: at(0.5), p99: at(0.99), max: latencies.at(-1) ?? null })}\n`);
process.exit(0);
