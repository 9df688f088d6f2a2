/**
 * MQTT 3.1.1 clause by clause, by bytes on the wire (OASIS Standard, 29 October 2014). What differs on purpose is on the list of docs/mqtt.md and
 * asserted here as well, so that an upgrade of the broker that changes it is noticed.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generate, type Packet } from 'mqtt-packet';
import { brokerBench, type BrokerBench } from '../support/broker-bench.ts';
import type { RawMqtt } from '../support/raw-mqtt.ts';

const TOPIC = 'lianqin/v1/devices/radio/heartbeat';
let bench: BrokerBench;
beforeAll(async () => { bench = await brokerBench(); });
afterAll(async () => { await bench[Symbol.asyncDispose](); });

let unique = 0;
async function connected(id = `c${unique += 1}`, more: Parameters<RawMqtt['connect']>[1] = {}): Promise<RawMqtt> {
  const client = bench.client();
  expect(await client.connect(id, more)).toBe(0);
  return client;
}
/** Sends bytes on a new connection, before any CONNECT unless `after`; true where the server closes without a CONNACK of 0. */
async function closes(bytes: string | Uint8Array, after = true): Promise<boolean> {
  const client = after ? await connected() : bench.client();
  client.send(bytes);
  await client.end();
  return client.closed;
}
const text = (value: string | Buffer): Buffer => { const bytes = Buffer.from(value); return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]); };
function frame(first: number, ...parts: (Buffer | number[])[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const length: number[] = [];
  let left = body.length;
  do {
    length.push((left % 128) | (left >= 128 ? 0x80 : 0));
    left = Math.floor(left / 128);
  } while (left > 0);
  return Buffer.concat([Buffer.from([first, ...length]), body]);
}
const connectFrame = ({ name = 'MQTT', level = 4, flags = 2, keepalive = 60, rest = [text('x')] }: { name?: string; level?: number; flags?: number; keepalive?: number; rest?: Buffer[] } = {}): Buffer =>
  frame(0x10, text(name), [level, flags, keepalive >> 8, keepalive & 255], ...rest);
async function alive(client: RawMqtt): Promise<void> {
  client.packet({ cmd: 'pingreq' });
  expect(await client.next('pingresp')).toMatchObject({ cmd: 'pingresp' });
}

describe('CONNECT and CONNACK', () => {
  it('[3.1.0-1] the first packet must be a CONNECT', async () => { expect(await closes('c0 00', false)).toBe(true); });
  it('[3.1.0-2] a second CONNECT ends the connection', async () => { expect(await closes(connectFrame())).toBe(true); });
  it('[3.1.2-1] another protocol name ends the connection', async () => { expect(await closes(connectFrame({ name: 'MQTX' }), false)).toBe(true); });
  it('[3.1.2-2] an unknown protocol level is answered with return code 1 and closed', async () => {
    const client = bench.client().send(connectFrame({ level: 6 }));
    const answer = await client.next();
    expect(answer === undefined || (answer.cmd === 'connack' && answer.returnCode === 1)).toBe(true);
    await client.end();
  });
  it('[3.1.2-3] the reserved flag must be 0', async () => { expect(await closes(connectFrame({ flags: 3 }), false)).toBe(true); });
  it('[3.1.2-14] a Will of QoS 3 is malformed', async () => { expect(await closes(connectFrame({ flags: 0x1e, rest: [text('x'), text('lianqin/v1/devices/radio/status'), text('offline')] }), false)).toBe(true); });
  it('[3.1.2-22] a password without a user name is malformed', async () => { expect(await closes(connectFrame({ flags: 0x42, rest: [text('x'), text('secret')] }), false)).toBe(true); });
  it('[3.1.3-7] a client without an id gets one, with a clean session', async () => { expect(await bench.client().send(connectFrame({ rest: [text('')] })).next()).toMatchObject({ cmd: 'connack', returnCode: 0 }); });
  it('[3.1.3-8, 3.1.3-9] without an id and without a clean session it is answered with return code 2 and closed', async () => {
    const client = bench.client().send(connectFrame({ flags: 0, rest: [text('')] }));
    const answer = await client.next();
    expect(answer === undefined || (answer.cmd === 'connack' && answer.returnCode === 2)).toBe(true);
    await client.end();
  });
  it('[3.1.4-2] the same client id takes over, and the older connection is closed', async () => {
    const older = await connected('same');
    await connected('same');
    await older.end();
  });
  it('[3.2.0-1] CONNACK is the first packet sent', async () => {
    const client = bench.client();
    client.send(Buffer.concat([connectFrame(), generate({ cmd: 'pingreq' } as Packet)]));
    expect((await client.next())?.cmd).toBe('connack');
    expect((await client.next())?.cmd).toBe('pingresp');
  });
  it('[3.2.2-1, differs] session present is always 0: sessions are clean whatever is asked for', async () => {
    for (let time = 0; time < 2; time += 1) {
      const client = bench.client();
      client.packet({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: false, clientId: 'stays', keepalive: 60 });
      expect(await client.next()).toMatchObject({ cmd: 'connack', returnCode: 0, sessionPresent: false });
      client.packet({ cmd: 'disconnect' });
      await client.end();
    }
  });
  it('[3.1.4-3, differs] keepalive 0 and above 300 s are answered with return code 5', async () => {
    for (const keepalive of [0, 301]) expect(await bench.client().send(connectFrame({ keepalive })).next()).toMatchObject({ cmd: 'connack', returnCode: 5 });
  });
});

describe('PUBLISH and its acknowledgements', () => {
  it('[3.3.1-4] both QoS bits set is malformed', async () => { expect(await closes(frame(0x36, text(TOPIC), [0, 1], Buffer.from('{}')))).toBe(true); });
  it('[2.3.1-1] a packet id of 0 with QoS 1 is malformed', async () => { expect(await closes(frame(0x32, text(TOPIC), [0, 0], Buffer.from('{}')))).toBe(true); });
  it('[3.3.2-2] wildcards in a topic end the connection', async () => { for (const topic of ['lianqin/v1/devices/+/heartbeat', 'lianqin/#']) expect(await closes(frame(0x30, text(topic), Buffer.from('{}')))).toBe(true); });
  it('[4.7.3-1] a topic of no character is malformed', async () => { expect(await closes(frame(0x30, [0, 0], Buffer.from('{}')))).toBe(true); });
  it('[1.5.3-1, 1.5.3-2] a topic that is no UTF-8, or holds NUL, ends the connection', async () => {
    expect(await closes(frame(0x30, text(Buffer.from([0x61, 0xc3, 0x28])), Buffer.from('{}')))).toBe(true);
    expect(await closes(frame(0x30, text('lianqin/v1/devices/a\0/heartbeat'), Buffer.from('{}')))).toBe(true);
  });
  it('[3.3.4-1] QoS 0 gets no answer, QoS 1 a PUBACK, QoS 2 a PUBREC', async () => {
    const client = await connected();
    client.publish(TOPIC, '{}', { qos: 0 }).publish(TOPIC, '{}', { qos: 1, messageId: 5 }).publish(TOPIC, '{}', { qos: 2, messageId: 6 });
    expect(await client.next()).toMatchObject({ cmd: 'puback', messageId: 5 });
    expect(await client.next()).toMatchObject({ cmd: 'pubrec', messageId: 6 });
  });
  it('[4.3.3-2] until its PUBREL a QoS 2 message is taken once, and is taken anew after it', async () => {
    const client = await connected();
    const before = bench.journal.stored.length;
    for (let time = 0; time < 3; time += 1) {
      client.publish(TOPIC, '{"metrics":{"once":1}}', { qos: 2, messageId: 8, dup: time > 0 });
      expect(await client.next()).toMatchObject({ cmd: 'pubrec', messageId: 8 });
    }
    client.packet({ cmd: 'pubrel', messageId: 8 });
    expect(await client.next()).toMatchObject({ cmd: 'pubcomp', messageId: 8 });
    client.publish(TOPIC, '{"metrics":{"once":2}}', { qos: 2, messageId: 8 });
    expect(await client.next()).toMatchObject({ cmd: 'pubrec', messageId: 8 });
    expect(bench.journal.stored.slice(before)).toEqual(['{"metrics":{"once":1}}', '{"metrics":{"once":2}}']);
  });
  it('[3.6.4-1] a PUBREL of an unknown id is answered with PUBCOMP', async () => {
    const client = await connected();
    client.packet({ cmd: 'pubrel', messageId: 4_242 });
    expect(await client.next()).toMatchObject({ cmd: 'pubcomp', messageId: 4_242 });
  });
  it('[3.6.1-1] a PUBREL whose flags are not 2 is malformed', async () => { expect(await closes('60 02 00 01')).toBe(true); });
  it('[4.6.0-6] messages are acknowledged in the order in which they came', async () => {
    const client = await connected();
    for (let id = 1; id <= 50; id += 1) client.publish(TOPIC, '{}', { messageId: id });
    for (let id = 1; id <= 50; id += 1) expect(await client.next()).toMatchObject({ cmd: 'puback', messageId: id });
  });
  it('[3.3.5-2] a message on a topic that is not open to the client ends the connection without an acknowledgement', async () => {
    const client = await connected();
    client.publish('lianqin/v1/alerts/a1', '{}');
    await client.end();
    expect(client.packets).toEqual([]);
  });
});

describe('SUBSCRIBE and UNSUBSCRIBE', () => {
  it('[3.8.1-1] flags other than 2 are malformed', async () => { expect(await closes(frame(0x80, [0, 1], text('lianqin/#'), [0]))).toBe(true); });
  it('[3.8.3-3] a SUBSCRIBE without a filter is malformed', async () => { expect(await closes(frame(0x82, [0, 1]))).toBe(true); });
  it('[3.8.3-4] reserved bits of the QoS are malformed', async () => { expect(await closes(frame(0x82, [0, 1], text('lianqin/#'), [0x83]))).toBe(true); });
  it('[3.8.4-2, 3.8.4-5] SUBACK carries the packet id and one code for each filter, in order', async () => {
    const client = await connected();
    client.packet({ cmd: 'subscribe', messageId: 321, subscriptions: [{ topic: 'lianqin/v1/#', qos: 1 }, { topic: '$SYS/#', qos: 0 }, { topic: 'lianqin/v1/state/+/x', qos: 0 }] });
    expect(await client.next()).toMatchObject({ cmd: 'suback', messageId: 321, granted: [1, 128, 0] });
  });
  it('[4.7.1-2, 4.7.1-3] # must come last and + must stand alone', async () => {
    for (const filter of ['lianqin/#/x', 'lianqin/x#', 'lianqin/v1+/x']) expect(await closes(frame(0x82, [0, 1], text(filter), [0])), filter).toBe(true);
  });
  it('[4.7.2-1] a filter that begins with a wildcard does not match topics that begin with $', async () => {
    const client = await connected();
    await client.subscribe('#');
    await alive(client);
  });
  it('[3.8.4-3] the same filter again replaces the first: one delivery each', async () => {
    const [reader, sender] = [await connected(), await connected()];
    await reader.subscribe(TOPIC);
    await reader.subscribe(TOPIC);
    sender.publish(TOPIC, '{"metrics":{"r":1}}', { messageId: 1 });
    expect(await reader.next()).toMatchObject({ cmd: 'publish' });
    await alive(reader);
    expect(reader.packets).toEqual([]);
  });
  it('[3.10.4-1, 3.10.4-4] UNSUBACK comes for any filter, and after it nothing more is delivered', async () => {
    const [reader, sender] = [await connected(), await connected()];
    await reader.subscribe(TOPIC);
    reader.packet({ cmd: 'unsubscribe', messageId: 99, unsubscriptions: [TOPIC, 'never/there'] });
    expect(await reader.next()).toMatchObject({ cmd: 'unsuback', messageId: 99 });
    sender.publish(TOPIC, '{}', { messageId: 1 });
    await sender.next('puback');
    await alive(reader);
    expect(reader.packets).toEqual([]);
  });
  it('[3.10.3-2] an UNSUBSCRIBE without a filter is malformed', async () => { expect(await closes(frame(0xa2, [0, 1]))).toBe(true); });
  it('[4.7.1-1] + matches one level, # all below and its parent', async () => {
    bench.broker.publishRetained('lianqin/v1/state/devices/w', 'x');
    for (const [filter, matches] of [['lianqin/v1/state/+/w', true], ['lianqin/v1/state/+', false], ['lianqin/v1/state/devices/w/#', true], ['lianqin/+/+/+/w', true], ['lianqin/v1/state/devices/W', false]] as const) {
      const reader = await connected();
      await reader.subscribe(filter);
      reader.packet({ cmd: 'pingreq' });
      expect((await reader.next())?.cmd === 'publish', filter).toBe(matches);
    }
    bench.broker.publishRetained('lianqin/v1/state/devices/w', null);
  });
  it('[3.3.1-8, 3.3.1-9] a retained message is marked so for a new subscriber and not for an old one', async () => {
    const old = await connected();
    await old.subscribe('lianqin/v1/state/devices/m');
    bench.broker.publishRetained('lianqin/v1/state/devices/m', 'x');
    expect(await old.next()).toMatchObject({ cmd: 'publish', retain: false });
    const fresh = await connected();
    await fresh.subscribe('lianqin/v1/state/devices/m');
    expect(await fresh.next()).toMatchObject({ cmd: 'publish', retain: true });
    bench.broker.publishRetained('lianqin/v1/state/devices/m', null);
  });
});

describe('the rest', () => {
  it('[3.12.4-1] PINGREQ is answered', async () => { await alive(await connected()); });
  it('[3.14.4-2] after DISCONNECT the server closes', async () => {
    const client = await connected();
    client.packet({ cmd: 'disconnect' });
    await client.end();
  });
  it('[2.2.2-2] wrong reserved flags end the connection', async () => { for (const bytes of ['c1 00', 'e1 00', '41 02 00 01', '51 02 00 01']) expect(await closes(bytes), bytes).toBe(true); });
  it('[2.2.1] packet types 0 and 15, and those that only a server sends, end the connection', async () => { for (const bytes of ['00 00', 'f0 00', '20 02 00 00', '90 03 00 01 00', 'b0 02 00 01', 'd0 00']) expect(await closes(bytes), bytes).toBe(true); });
  it('[2.2.3] a remaining length of five bytes is malformed', async () => { expect(await closes('30 ff ff ff ff 01')).toBe(true); });
  it('a packet in pieces of one byte is as good as one', async () => {
    const client = bench.client();
    for (const byte of Buffer.concat([connectFrame({ rest: [text('pieces')] }), generate({ cmd: 'publish', topic: TOPIC, payload: '{}', qos: 1, messageId: 3, dup: false, retain: false })])) {
      client.send(Buffer.from([byte]));
      await new Promise((resolve) => { setImmediate(resolve); });
    }
    expect(await client.next()).toMatchObject({ cmd: 'connack', returnCode: 0 });
    expect(await client.next()).toMatchObject({ cmd: 'puback', messageId: 3 });
  });
});
