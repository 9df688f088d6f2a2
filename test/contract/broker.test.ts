import { describe, expect, it } from 'vitest';
import { generate } from 'mqtt-packet';
import { WebSocket, createWebSocketStream } from 'ws';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { brokerBench } from '../support/broker-bench.ts';
import { until } from '../support/command-process.ts';

const HEARTBEAT = 'lianqin/v1/devices/radio/heartbeat';
const STATUS = 'lianqin/v1/devices/radio/status';

describe('acknowledgement', () => {
  it('of QoS 1 comes after the commit, and repeats the packet id', async () => {
    await using bench = await brokerBench();
    const client = bench.client();
    expect(await client.connect('radio')).toBe(0);
    bench.hold();
    client.publish(HEARTBEAT, '{}', { messageId: 4_711 }).packet({ cmd: 'pingreq' });
    // While the commit is held the ping is answered, and the publish is not.
    await until('the commit', () => bench.journal.held.length > 0);
    expect(await client.next()).toMatchObject({ cmd: 'pingresp' });
    expect(client.packets).toEqual([]);
    bench.letCommit();
    expect(await client.next()).toMatchObject({ cmd: 'puback', messageId: 4_711 });
  });

  it('of QoS 2: PUBREC after the commit, one record whatever is repeated, PUBCOMP at the end', async () => {
    await using bench = await brokerBench();
    const client = bench.client();
    await client.connect('radio');
    bench.hold();
    client.publish(HEARTBEAT, '{"metrics":{"a":1}}', { qos: 2, messageId: 9 });
    await until('the commit', () => bench.journal.held.length > 0);
    expect(client.packets).toEqual([]);
    bench.letCommit();
    expect(await client.next()).toMatchObject({ cmd: 'pubrec', messageId: 9 });
    client.publish(HEARTBEAT, '{"metrics":{"a":1}}', { qos: 2, messageId: 9, dup: true });
    expect(await client.next()).toMatchObject({ cmd: 'pubrec', messageId: 9 });
    client.packet({ cmd: 'pubrel', messageId: 9 });
    expect(await client.next()).toMatchObject({ cmd: 'pubcomp', messageId: 9 });
    expect(bench.journal.stored).toEqual(['{"metrics":{"a":1}}']);
  });

  it('is not given where nothing can be committed: the connection is closed, newcomers get return code 3, and QoS 0 stays', async () => {
    await using bench = await brokerBench();
    const [publisher, silent] = [bench.client(), bench.client()];
    await publisher.connect('radio');
    await silent.connect('level');
    bench.hold();
    publisher.publish(HEARTBEAT, '{}');
    await until('the commit', () => bench.journal.held.length > 0);
    await bench.journal.fail();
    await publisher.end();
    expect(publisher.packets.filter(({ cmd }) => cmd === 'puback')).toEqual([]);
    expect(await bench.client().connect('other')).toBe(3);
    silent.publish('lianqin/v1/devices/level/heartbeat', '{}', { qos: 0 }).packet({ cmd: 'pingreq' });
    expect(await silent.next()).toMatchObject({ cmd: 'pingresp' });
    expect(bench.inputs.filter((input) => input.type === 'device-heard' && input.device === 'level')).toHaveLength(1);
    expect(bench.broker.counters().closedByUs).toMatchObject({ unavailable: 1 });
  });

  it('of what is refused comes after its quarantine row, and no subscriber sees it', async () => {
    await using bench = await brokerBench();
    const [publisher, reader] = [bench.client(), bench.client()];
    await publisher.connect('radio');
    await reader.connect('reader');
    await reader.subscribe('lianqin/#');
    publisher.publish(HEARTBEAT, 'no json', { messageId: 1, retain: true });
    expect(await publisher.next()).toMatchObject({ cmd: 'puback', messageId: 1 });
    publisher.publish(HEARTBEAT, '{"metrics":{"a":2}}', { messageId: 2, retain: true });
    const seen = await reader.next('publish');
    expect(seen).toMatchObject({ cmd: 'publish', topic: HEARTBEAT, retain: false });
    expect(String((seen as { payload: Buffer }).payload)).toBe('{"metrics":{"a":2}}');
    // Nothing of the two is retained.
    const late = bench.client();
    await late.connect('late');
    await late.subscribe('lianqin/#');
    late.packet({ cmd: 'pingreq' });
    expect(await late.next()).toMatchObject({ cmd: 'pingresp' });
  });

  it('of 300 messages that wait comes in order, and the connection is not read meanwhile', async () => {
    await using bench = await brokerBench();
    const client = bench.client();
    await client.connect('radio');
    bench.hold();
    for (let id = 1; id <= 300; id += 1) client.publish(HEARTBEAT, '{}', { messageId: id });
    await until('the commit', () => bench.journal.held.length > 0);
    bench.letCommit();
    const ids: number[] = [];
    while (ids.length < 300) ids.push((await client.next('puback') as { messageId: number }).messageId);
    expect(ids).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
  });
});

describe('a Will', () => {
  const will = { topic: STATUS, payload: Buffer.from('offline'), qos: 1 as const, retain: true };
  const offline = (inputs: readonly { type: string; will?: boolean }[]): number => inputs.filter((input) => input.type === 'device-status' && input.will === true).length;

  it('of a connection that broke takes the same door', async () => {
    await using bench = await brokerBench();
    const client = bench.client();
    await client.connect('radio', { will });
    client.socket.destroy();
    await until('the Will', () => offline(bench.inputs) === 1);
    expect(bench.journal.stored).toEqual(['offline']);
  });

  it('is not sent after a DISCONNECT', async () => {
    await using bench = await brokerBench();
    const client = bench.client();
    await client.connect('radio', { will });
    client.packet({ cmd: 'disconnect' });
    await client.end();
    await until('it is gone', () => bench.broker.counters().connected === 0);
    expect(offline(bench.inputs)).toBe(0);
  });

  it('that our own closing causes is not the device\'s failure: takeover, foreign topic, shutdown', async () => {
    const bench = await brokerBench();
    const [first, second] = [bench.client(), bench.client()];
    await first.connect('radio', { will });
    expect(await second.connect('radio', { will })).toBe(0);
    await first.end();
    second.publish('lianqin/v1/state/devices/radio', 'x');
    await second.end();
    await bench.client().connect('level', { will: { ...will, topic: 'lianqin/v1/devices/level/status' } });
    await bench[Symbol.asyncDispose]();
    expect(offline(bench.inputs)).toBe(0);
    expect(bench.broker.counters().closedByUs).toMatchObject({ 'taken-over': 1, 'foreign-topic': 1, shutdown: 1 });
  });

  it('may only be a status topic, of QoS 0 to 2, without wildcards', async () => {
    await using bench = await brokerBench();
    for (const topic of [HEARTBEAT, 'lianqin/v1/devices/+/status', 'lianqin/v1/state/devices/radio', 'other']) {
      expect(await bench.client().connect('radio', { will: { ...will, topic } })).toBe(5);
    }
  });
});

describe('who may come in', () => {
  it('not without keepalive, nor with one above 300 s', async () => {
    await using bench = await brokerBench();
    expect(await bench.client().connect('radio', { keepalive: 0 })).toBe(5);
    expect(await bench.client().connect('radio', { keepalive: 301 })).toBe(5);
    expect(await bench.client().connect('radio', { keepalive: 300 })).toBe(0);
  });

  it('not with MQTT 5 (return code 1), but with 3.1', async () => {
    await using bench = await brokerBench();
    const five = bench.client();
    five.send('10 13 00 04 4d 51 54 54 05 02 00 3c 00 00 06 72 61 64 69 6f 31');
    await five.end();
    expect(await bench.client().connect('radio', { protocolId: 'MQIsdp', protocolVersion: 3 })).toBe(0);
  });

  it('not with a client id of control characters, of 200 bytes, or none with a session to keep', async () => {
    await using bench = await brokerBench();
    expect(await bench.client().connect('ra\u0001dio')).toBe(2);
    expect(await bench.client().connect('r'.repeat(200))).toBe(2);
    const none = bench.client();
    none.send(generate({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, clientId: '', keepalive: 60 }));
    expect(await none.next()).toMatchObject({ cmd: 'connack', returnCode: 0 });
    const kept = bench.client();
    kept.send('10 0c 00 04 4d 51 54 54 04 00 00 3c 00 00');
    const answer = await kept.next();
    expect(answer === undefined || (answer.cmd === 'connack' && answer.returnCode === 2)).toBe(true);
  });

  it('not with anything else than a CONNECT first, nor with one over 2 KiB, nor a second one', async () => {
    await using bench = await brokerBench();
    const ping = bench.client().send('c0 00');
    await ping.end();
    const large = bench.client().send(generate({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, clientId: 'radio', keepalive: 60, username: 'u', password: Buffer.alloc(4_000) }));
    await large.end();
    expect(large.packets).toEqual([]);
    const twice = bench.client();
    await twice.connect('radio');
    await twice.connect('radio').catch(() => undefined);
    await twice.end();
  });
});

describe('what a connection may do', () => {
  it('subscribe to ours and to nothing of the broker itself', async () => {
    await using bench = await brokerBench();
    const client = bench.client();
    await client.connect('reader');
    expect(await client.subscribe('lianqin/v1/#', 1)).toEqual([1]);
    for (const filter of ['$SYS/#', 'other/topic', '$nowhere', `lianqin/v1/${'x'.repeat(300)}`]) expect(await client.subscribe(filter)).toEqual([128]);
    for (let each = 0; each < 99; each += 1) await client.subscribe(`lianqin/v1/devices/d${each}/status`);
    expect(await client.subscribe('lianqin/v1/devices/one-more/status')).toEqual([128]);
  });

  it('publish only what is open to it; anything else ends the connection', async () => {
    await using bench = await brokerBench();
    for (const topic of ['lianqin/v1/state/paths/depot', 'lianqin/v1/alerts/a1', '$SYS/x', 'a/b', 'lianqin/v1/devices/radio/heartbeat/x']) {
      const client = bench.client();
      await client.connect('radio');
      client.publish(topic, '{}');
      await client.end();
      expect(client.packets.filter(({ cmd }) => cmd === 'puback')).toEqual([]);
    }
  });

  it('not send what breaks the protocol: packet id 0, wildcards in a topic, invalid UTF-8, NUL, a packet over 256 KiB', async () => {
    await using bench = await brokerBench();
    const topicBytes = (topic: Buffer): Buffer => Buffer.concat([Buffer.from([0x30, 2 + topic.length, 0, topic.length]), topic]);
    const wrong = [
      Buffer.concat([Buffer.from([0x32, 2 + HEARTBEAT.length + 2 + 2, 0, HEARTBEAT.length]), Buffer.from(HEARTBEAT), Buffer.from([0, 0]), Buffer.from('{}')]),
      topicBytes(Buffer.from('lianqin/v1/devices/+/heartbeat')),
      topicBytes(Buffer.concat([Buffer.from('lianqin/v1/devices/'), Buffer.from([0xff, 0xfe]), Buffer.from('/heartbeat')])),
      topicBytes(Buffer.from('lianqin/v1/devices/ra\0dio/heartbeat')),
      Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]),
      Buffer.from([0xf0, 0x00]),
    ];
    const canary = bench.client();
    await canary.connect('level');
    for (const bytes of wrong) {
      const client = bench.client();
      await client.connect('radio');
      client.send(bytes);
      await client.end();
    }
    canary.publish('lianqin/v1/devices/level/heartbeat', '{}');
    expect(await canary.next()).toMatchObject({ cmd: 'puback' });
    expect(bench.journal.stored).toEqual(['{}']);
  });

  it('not sit on its messages: a reader that takes nothing is cut and holds up nobody', async () => {
    await using bench = await brokerBench();
    const [frozen, publisher] = [bench.client(), bench.client()];
    await frozen.connect('frozen');
    await frozen.subscribe('lianqin/#');
    frozen.socket.pause();
    await publisher.connect('radio');
    const payload = JSON.stringify({ source: { adapter: 'x'.repeat(60_000) } });
    for (let id = 1; id <= 400 && bench.broker.counters().closedByUs['slow-reader'] === undefined; id += 1) {
      publisher.publish(HEARTBEAT, payload, { messageId: id });
      expect(await publisher.next()).toMatchObject({ cmd: 'puback', messageId: id });
    }
    expect(bench.broker.counters().closedByUs).toMatchObject({ 'slow-reader': 1 });
  });
});

describe('retained state', () => {
  it('is there for whoever subscribes later, and gone when it is deleted', async () => {
    await using bench = await brokerBench();
    bench.broker.publishRetained('lianqin/v1/state/devices/radio', '{"is":"up"}');
    const [one, two] = [bench.client(), bench.client()];
    await one.connect('one');
    await one.subscribe('lianqin/v1/state/+/radio');
    expect(await one.next('publish')).toMatchObject({ topic: 'lianqin/v1/state/devices/radio', retain: true });
    bench.broker.publishRetained('lianqin/v1/state/devices/radio', null);
    expect(await one.next('publish')).toMatchObject({ retain: false });
    await two.connect('two');
    await two.subscribe('lianqin/#');
    two.packet({ cmd: 'pingreq' });
    expect(await two.next()).toMatchObject({ cmd: 'pingresp' });
  });

  it('keeps the last status of a device and no heartbeat', async () => {
    await using bench = await brokerBench();
    const device = bench.client();
    await device.connect('radio');
    device.publish(STATUS, 'online', { messageId: 1, retain: true }).publish(HEARTBEAT, '{}', { messageId: 2, retain: true });
    await device.next('puback');
    await device.next('puback');
    const reader = bench.client();
    await reader.connect('reader');
    await reader.subscribe('lianqin/v1/devices/#');
    expect(await reader.next('publish')).toMatchObject({ topic: STATUS, retain: true });
    reader.packet({ cmd: 'pingreq' });
    expect(await reader.next()).toMatchObject({ cmd: 'pingresp' });
  });
});

describe('over WebSocket', () => {
  it('takes and acknowledges a heartbeat at /mqtt, and refuses who may not upgrade', async () => {
    await using bench = await brokerBench();
    const http = createServer();
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    const { port } = http.address() as AddressInfo;
    bench.broker.acceptWebSocket(http, (request) => (request.headers.origin === 'http://evil.example' ? { type: 'refused' } : { type: 'allowed' }));
    const socket = new WebSocket(`ws://127.0.0.1:${port}/mqtt`, 'mqtt');
    const stream = createWebSocketStream(socket);
    const received: Buffer[] = [];
    stream.on('data', (data: Buffer) => { received.push(data); });
    stream.on('error', () => undefined);
    stream.write(generate({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, clientId: 'radio', keepalive: 60 }));
    stream.write(generate({ cmd: 'publish', topic: HEARTBEAT, payload: '{}', qos: 1, messageId: 3, dup: false, retain: false }));
    await until('CONNACK and PUBACK', () => Buffer.concat(received).equals(Buffer.from('200200004002'.concat('0003'), 'hex')));
    const evil = new WebSocket(`ws://127.0.0.1:${port}/mqtt`, 'mqtt', { headers: { origin: 'http://evil.example' } });
    const [error] = await once(evil, 'error') as [Error];
    expect(error.message).toContain('403');
    stream.destroy();
    http.close();
    http.closeAllConnections();
  });
});
