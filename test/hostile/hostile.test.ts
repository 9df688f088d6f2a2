/** Clients that mean harm, or are broken, against the real program - with a canary device and a canary subscriber that must not notice. */
import { connect, type Socket } from 'node:net';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generate } from 'mqtt-packet';
import { Canary } from '../support/canary.ts';
import { until } from '../support/command-process.ts';
import { RawMqtt } from '../support/raw-mqtt.ts';
import { GatewayHome, GatewayProcess } from '../support/running-gateway.ts';
import { fuzzPackets, seeded } from './fuzz.ts';

const ARRANGEMENT = `timeZone: Asia/Shanghai
agencies: [{id: bureau, kind: bureau, name: B}]
sites: [{id: depot, kind: depot, name: D, responsible: bureau}]
links: []
devices: [{id: canary, site: depot, kind: radio}, {id: radio, site: depot, kind: radio}, {id: constructor, site: depot, kind: radio}]
`;
const HEARTBEAT = 'lianqin/v1/devices/radio/heartbeat';
/** A machine under the load of the whole test run; alone it is a few ms. */
const WORST_MS = 2_000;
const GROWTH_BYTES = 20 * 1024 * 1024;
const FUZZ_MS = Number(process.env['LIANQIN_FUZZ_MS'] ?? 20_000);

let home: GatewayHome;
let gateway: GatewayProcess;
let canary: Canary;
let sockets: Socket[] = [];
beforeAll(async () => {
  home = new GatewayHome(ARRANGEMENT);
  gateway = await GatewayProcess.start(home);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  home[Symbol.dispose]();
});
beforeEach(async () => { canary = await Canary.start(gateway.mqttUrl, 'canary'); });
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  const result = await canary.rest();
  await canary[Symbol.asyncDispose]();
  expect(result).toMatchObject({ unacknowledged: 0, undelivered: 0, disconnects: 0 });
  expect(result.worst).toBeLessThan(WORST_MS);
  expect(gateway.child.exitCode).toBeNull();
});
const raw = (): RawMqtt => {
  const client = new RawMqtt(gateway.ready.mqtt);
  sockets.push(client.socket);
  return client;
};
const rss = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.ready.pid}/status`, 'utf8'))?.[1]) * 1024;
const metric = async (name: string): Promise<number> => Number(new RegExp(`^${name.replaceAll(/[{}"]/g, '\\$&')} (\\d+)`, 'm').exec(await (await fetch(`${gateway.httpUrl}/metrics`)).text())?.[1] ?? 0);
const pause = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });

describe('sizes', () => {
  it('a packet that announces 256 MB, before and after CONNECT, costs no memory and its connection', async () => {
    const before = rss();
    for (let each = 0; each < 20; each += 1) {
      const early = raw().send('10 ff ff ff 7f').send(Buffer.alloc(60_000));
      const late = raw();
      await late.connect(`late-${each}`);
      late.send('32 ff ff ff 7f').send(Buffer.alloc(100_000));
      await Promise.all([early.end(), late.end()]);
    }
    expect(rss() - before).toBeLessThan(GROWTH_BYTES);
  }, 30_000);

  it('a payload over 64 KiB is acknowledged, counted and in the quarantine; 1,000 of them stay within its bound', async () => {
    const before = await metric('lianqin_refused_total{code="too-large"}');
    const client = raw();
    await client.connect('radio');
    for (let id = 1; id <= 20; id += 1) client.publish(HEARTBEAT, Buffer.alloc(100_000, 0x20), { messageId: id });
    for (let id = 1; id <= 20; id += 1) expect(await client.next('puback')).toMatchObject({ messageId: id });
    expect(await metric('lianqin_refused_total{code="too-large"}')).toBe(before + 20);
  }, 30_000);
});

describe('slowness', () => {
  it('a thousand sockets that say nothing, and ten that say one byte a second, keep nobody out and are gone after 10 s', async () => {
    for (let each = 0; each < 1_000; each += 1) {
      const socket = connect({ port: gateway.ready.mqtt, host: '127.0.0.1' });
      socket.on('error', () => undefined);
      sockets.push(socket);
    }
    const loris = Array.from({ length: 10 }, raw);
    const bytes = generate({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, clientId: 'loris', keepalive: 60 });
    for (let at = 0; at < 13; at += 1) {
      for (const each of loris) each.socket.write(bytes.subarray(at, at + 1));
      await pause(1_000);
    }
    await Promise.all(loris.map((each) => each.end()));
    expect(sockets.filter((socket) => !socket.destroyed && !socket.readableEnded).length).toBe(0);
  }, 40_000);

  it('a subscriber that takes nothing is cut', async () => {
    const frozen = raw();
    await frozen.connect('frozen');
    await frozen.subscribe('lianqin/#');
    frozen.socket.pause();
    const client = raw();
    await client.connect('radio');
    const payload = JSON.stringify({ source: { adapter: 'x'.repeat(60_000) } });
    for (let id = 1; id <= 300; id += 1) {
      client.publish(HEARTBEAT, payload, { messageId: id });
      await client.next('puback');
    }
    frozen.socket.resume();
    await frozen.end();
  }, 30_000);
});

describe('words', () => {
  it('topics of 101 levels, of prototypes and paths, of wildcards and control characters are refused and disturb nobody', async () => {
    const topics = [
      Array.from({ length: 101 }, () => 'a').join('/'), 'lianqin/v1/devices/__proto__/heartbeat', 'lianqin/v1/devices/hasOwnProperty/heartbeat', 'lianqin/v1/devices/../heartbeat',
      'lianqin/v1/devices/radio%2f/heartbeat', '$SYS/broker/uptime', '$share/a/b', '/', '///', 'lianqin', 'lianqin/v1/devices/radio/heartbeat/', 'LIANQIN/v1/devices/radio/heartbeat',
      'lianqin/v1/devices/ra\u0007dio/heartbeat', 'lianqin/v1/devices/é/heartbeat',
    ];
    for (const topic of topics) {
      const client = raw();
      await client.connect('radio');
      client.publish(topic, '{}');
      const answer = await client.next('puback');
      if (answer === undefined) expect(client.closed, topic).toBe(true);
    }
    // An id that every object has a property of is an id like any other.
    const client = raw();
    await client.connect('radio');
    client.publish('lianqin/v1/devices/constructor/heartbeat', '{"metrics":{"constructor":1,"a":2},"links":{},"__proto__":{"up":true}}');
    expect(await client.next()).toMatchObject({ cmd: 'puback' });
    const device = await gateway.until<{ metrics: Record<string, { value: number }> }>('/api/v1/devices/constructor', ({ metrics }) => Object.keys(metrics).length > 0);
    expect(device.metrics['constructor']?.value).toBe(1);
    expect(({} as { up?: boolean }).up).toBeUndefined();
  }, 30_000);

  it('client ids of every kind: empty, long, of control characters, of wildcards, the canary\'s own but for a letter', async () => {
    for (const id of ['x'.repeat(129), 'a\u0000b', 'a\u001bb', '\ufffd']) expect(await raw().connect(id), id).not.toBe(0);
    for (const id of ['+', '#', 'a/b', '__proto__', 'canary2']) expect(await raw().connect(id), id).toBe(0);
  });

  it('subscriptions without end, to everything, and to nothing that is', async () => {
    const client = raw();
    await client.connect('greedy');
    for (let each = 0; each < 300; each += 1) await client.subscribe(`lianqin/v1/devices/+/${'+/'.repeat(each % 5)}x${each}`);
    expect(await client.subscribe('lianqin/v1/#')).toEqual([128]);
    client.packet({ cmd: 'pingreq' });
    expect(await client.next()).toMatchObject({ cmd: 'pingresp' });
  });
});

describe('fights and floods', () => {
  it('two that fight for one client id take it from one another, and from nobody else', async () => {
    for (let round = 0; round < 50; round += 1) {
      const client = raw();
      expect(await client.connect('radio', { will: { topic: 'lianqin/v1/devices/radio/status', payload: Buffer.from('offline'), qos: 1, retain: true } })).toBe(0);
    }
    // None of those that lost it was a failure of the device.
    const { state } = await gateway.get<{ state: { evidence: { type: string }[] } }>('/api/v1/devices/radio');
    expect(state.evidence.map(({ type }) => type)).not.toContain('will');
  }, 30_000);

  it('a device that sends as fast as it can is slowed, and loses nothing', async () => {
    const client = raw();
    await client.connect('radio');
    const batch = Buffer.concat(Array.from({ length: 100 }, (_, index) => generate({ cmd: 'publish', topic: HEARTBEAT, payload: '{}', qos: 1, messageId: index + 1, dup: false, retain: false })));
    let acked = 0;
    for (let round = 0; round < 100; round += 1) {
      client.send(batch);
      for (let each = 0; each < 100; each += 1) if (await client.next('puback') !== undefined) acked += 1;
    }
    expect(acked).toBe(10_000);
    expect(await metric('lianqin_mqtt_slowed_total')).toBeGreaterThan(0);
  }, 30_000);

  it('QoS 2 that is never released, pings without end, and retained messages for every device that is not', async () => {
    const before = rss();
    const client = raw();
    await client.connect('radio');
    for (let id = 1; id <= 5_000; id += 1) client.publish(HEARTBEAT, '{}', { qos: 2, messageId: id });
    for (let id = 1; id <= 5_000; id += 1) await client.next('pubrec');
    for (let each = 0; each < 20_000; each += 1) client.send('c0 00');
    const other = raw();
    await other.connect('other');
    for (let id = 1; id <= 500; id += 1) other.publish(`lianqin/v1/devices/ghost-${id}/status`, 'online', { messageId: id, retain: true });
    for (let id = 1; id <= 500; id += 1) await other.next('puback');
    const reader = raw();
    await reader.connect('reader');
    await reader.subscribe('lianqin/v1/devices/+/status');
    reader.packet({ cmd: 'pingreq' });
    const first = await reader.next();
    expect(first === undefined || first.cmd !== 'publish' || !first.topic.includes('ghost')).toBe(true);
    expect(rss() - before).toBeLessThan(2 * GROWTH_BYTES);
  }, 60_000);

  it('refused messages without end: their sender loses its connection, and the quarantine keeps its bound', async () => {
    const client = raw();
    await client.connect('radio');
    for (let round = 0; round < 40 && !client.closed; round += 1) {
      client.send(Buffer.concat(Array.from({ length: 50 }, (_, index) => generate({ cmd: 'publish', topic: HEARTBEAT, payload: 'no', qos: 1, messageId: index + 1, dup: false, retain: false }))));
      await pause(10);
    }
    await client.end();
    expect(await metric('lianqin_mqtt_closed_total{reason="flood"}')).toBeGreaterThanOrEqual(1);
  }, 30_000);
});

describe('fuzz', () => {
  it(`${FUZZ_MS / 1_000} s of packets that are nearly right, from a seed, and the program is as well as before`, async () => {
    const seed = Number(process.env['LIANQIN_FUZZ_SEED'] ?? Date.now() % 1_000_000);
    const random = seeded(seed);
    const end = performance.now() + FUZZ_MS;
    let packets = 0;
    while (performance.now() < end) {
      const clients = Array.from({ length: 10 }, raw);
      for (const client of clients) {
        for (const bytes of fuzzPackets(random)) {
          packets += 1;
          if (!client.socket.destroyed) client.socket.write(bytes);
        }
      }
      await pause(20);
      for (const client of clients) {
        expect(client.malformed, `seed ${seed}`).toBeNull();
        client.socket.destroy();
      }
      sockets = [];
    }
    expect(packets, `seed ${seed}`).toBeGreaterThan(100);
    await until('health', async () => (await fetch(`${gateway.httpUrl}/readyz`)).ok);
  }, FUZZ_MS + 30_000);
});
