/** MQTT packets that are nearly right: whole ones with bytes turned, cut, doubled or put in. The same seed gives the same bytes. */
import { generate, type Packet } from 'mqtt-packet';

/** mulberry32, public domain. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const TOPICS = ['lianqin/v1/devices/radio/heartbeat', 'lianqin/v1/devices/radio/status', 'lianqin/v1/state/devices/radio', 'lianqin/v1/links/x/heartbeat', '$SYS/a', 'a', 'lianqin/v1/devices/__proto__/heartbeat'];
const PAYLOADS = ['{}', '{"metrics":{"rssi_dbm":-71}}', '{"seq":1,"boot":"x","samples":[{"metrics":{"a":1}}]}', '{"metrics":{"a":1e999}}', 'offline', '\u0000', '[[[[', '{"ts":"2026-13-99"}', '{"links":{"x":{"up":1}}}'];

export function* fuzzPackets(random: () => number): Generator<Buffer> {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!;
  const connect: Packet = {
    cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: random() < 0.8, clientId: `fuzz-${Math.floor(random() * 100)}`, keepalive: Math.floor(random() * 400),
    ...(random() < 0.3 ? { will: { topic: pick(TOPICS), payload: Buffer.from(pick(PAYLOADS)), qos: 1 as const, retain: true } } : {}),
  };
  yield mutate(generate(connect), random, 0.3);
  for (let count = Math.floor(random() * 10); count > 0; count -= 1) {
    const id = Math.floor(random() * 65_536);
    const packet = pick<Packet>([
      { cmd: 'publish', topic: pick(TOPICS), payload: pick(PAYLOADS), qos: pick([0, 1, 2] as const), messageId: id || 1, dup: random() < 0.3, retain: random() < 0.3 },
      { cmd: 'subscribe', messageId: id || 1, subscriptions: [{ topic: pick([...TOPICS, '#', '+/#', 'lianqin/#']), qos: pick([0, 1, 2] as const) }] },
      { cmd: 'unsubscribe', messageId: id || 1, unsubscriptions: [pick(TOPICS)] },
      { cmd: 'pubrel', messageId: id || 1 }, { cmd: 'puback', messageId: id || 1 }, { cmd: 'pubrec', messageId: id || 1 }, { cmd: 'pubcomp', messageId: id || 1 },
      { cmd: 'pingreq' }, connect, { cmd: 'disconnect' },
    ]);
    yield mutate(generate(packet), random, 0.5);
  }
}

function mutate(bytes: Buffer, random: () => number, chance: number): Buffer {
  if (random() > chance) return bytes;
  const copy = Buffer.from(bytes);
  const at = Math.floor(random() * copy.length);
  const kind = random();
  if (kind < 0.4) copy[at] = Math.floor(random() * 256);
  else if (kind < 0.6) return copy.subarray(0, at);
  else if (kind < 0.8) return Buffer.concat([copy.subarray(0, at), Buffer.from(Array.from({ length: 1 + Math.floor(random() * 8) }, () => Math.floor(random() * 256))), copy.subarray(at)]);
  else return Buffer.concat([copy, copy.subarray(at)]);
  return copy;
}
