/** An MQTT client that is only a socket: it sends the bytes that a test gives it, right or wrong, and reads packets as they come. */
import { connect, type Socket } from 'node:net';
import { generate, parser, type IConnectPacket, type IPublishPacket, type Packet } from 'mqtt-packet';

const PATIENCE_MS = 5_000;
const MAX_KEPT = 4_096;

export class RawMqtt implements Disposable {
  readonly socket: Socket;
  readonly packets: Packet[] = [];
  closed = false;
  /** What the server sent that is no MQTT, with everything before it, in hexadecimal; null while all of it is. */
  malformed: string | null = null;
  #waiting: (() => void)[] = [];

  constructor(port: number) {
    this.socket = connect({ host: '127.0.0.1', port, noDelay: true });
    const parse = parser();
    parse.on('packet', (packet) => { this.packets.push(packet); this.#wake(); });
    const received: Buffer[] = [];
    let kept = 0;
    parse.on('error', (error) => { this.malformed ??= `${error.message}: ${Buffer.concat(received).toString('hex')}`; });
    this.socket.on('data', (data) => {
      if (kept < MAX_KEPT) received.push(data);
      kept += data.length;
      parse.parse(data);
    });
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => { this.closed = true; this.#wake(); });
  }

  /** A hexadecimal text, with spaces as one likes, or bytes. */
  send(bytes: string | Uint8Array): this {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes.replaceAll(/\s/g, ''), 'hex') : bytes);
    return this;
  }
  packet(packet: Packet): this { return this.send(generate(packet)); }
  publish(topic: string, payload: string | Buffer, more: Partial<IPublishPacket> = {}): this {
    return this.packet({ cmd: 'publish', topic, payload, qos: 1, messageId: 1, dup: false, retain: false, ...more });
  }
  /** Connects, and resolves with the return code of the CONNACK. */
  async connect(clientId: string, more: Partial<IConnectPacket> = {}): Promise<number | undefined> {
    this.packet({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, clientId, keepalive: 60, ...more });
    const packet = await this.next();
    return packet?.cmd === 'connack' ? packet.returnCode : undefined;
  }
  async subscribe(topic: string, qos: 0 | 1 | 2 = 0): Promise<readonly unknown[]> {
    this.packet({ cmd: 'subscribe', messageId: 77, subscriptions: [{ topic, qos }] });
    const packet = await this.next('suback');
    return packet?.cmd === 'suback' ? packet.granted : [];
  }
  /** The next packet (of a kind), or undefined where the connection closes before it. Others that come before it are passed over. */
  async next(cmd?: Packet['cmd']): Promise<Packet | undefined> {
    const end = performance.now() + PATIENCE_MS;
    for (;;) {
      const packet = this.packets.shift();
      if (packet !== undefined && (cmd === undefined || packet.cmd === cmd)) return packet;
      if (packet !== undefined) continue;
      if (this.closed) return undefined;
      if (performance.now() > end) throw new Error(`no ${cmd ?? 'packet'} within ${PATIENCE_MS} ms`);
      await this.#woken(end - performance.now());
    }
  }
  /** Resolves when the other side has closed. */
  async end(): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    while (!this.closed) {
      if (performance.now() > end) throw new Error(`not closed within ${PATIENCE_MS} ms`);
      await this.#woken(end - performance.now());
    }
  }
  [Symbol.dispose](): void { this.socket.destroy(); }

  #woken(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#waiting.push(() => { clearTimeout(timer); resolve(); });
    });
  }
  #wake(): void { for (const wake of this.#waiting.splice(0)) wake(); }
}
