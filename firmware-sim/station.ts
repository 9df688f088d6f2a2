/** One MQTT client that sends heartbeats while the world lets it: a device, or the agent of a link. */
import mqtt, { type MqttClient } from 'mqtt';

export interface StationOptions {
  readonly brokerUrl: string;
  readonly clientId: string;
  readonly heartbeatTopic: string;
  /** Where `online` and the Will `offline` go; null for a link agent. */
  readonly statusTopic: string | null;
  /** Begins the name of every boot; must differ from run to run, else a gateway takes the second run's heartbeats for repeats of the first's. */
  readonly boot: string;
}
/** Heartbeats that may wait for their PUBACK; beyond it the newest is dropped and counted, as a small device would. */
const MAX_WAITING = 100;
/** How long the last acknowledgements are waited for at the end. */
const CLOSE_WITHIN_MS = 1_000;

export class Station {
  readonly #options: StationOptions;
  #client: MqttClient | null = null;
  #boots = 1;
  #seq = 0;
  /** Not acknowledged yet, by seq. It outlives the connection: what was in flight goes out again on the next one, unchanged. */
  readonly #waiting = new Map<number, string>();
  #sent = 0;
  #acked = 0;
  #dropped = 0;
  #lost = 0;
  #trouble: string | null = null;

  constructor(options: StationOptions) {
    this.#options = options;
  }

  get connected(): boolean { return this.#client?.connected ?? false; }
  get sent(): number { return this.#sent; }
  get acked(): number { return this.#acked; }
  get dropped(): number { return this.#dropped; }
  /** Forgotten by a restart before they were acknowledged. sent = acked + waiting + lost. */
  get lost(): number { return this.#lost; }
  get waiting(): number { return this.#waiting.size; }
  /** Why it cannot connect; null while it can, or does not try. */
  get trouble(): string | null { return this.#trouble; }

  /** Connects where it is not connected, and hands over one heartbeat. */
  send(fields: object, ts: number): void {
    this.#connect();
    if (this.#waiting.size >= MAX_WAITING) {
      this.#dropped += 1;
      return;
    }
    this.#seq += 1;
    this.#sent += 1;
    this.#waiting.set(this.#seq, JSON.stringify({ ts, seq: this.#seq, boot: `${this.#options.boot}.${this.#boots}`, ...fields }));
    this.#publish(this.#seq);
  }

  /** Gone without a word, as when the line fails: the socket is closed, and no DISCONNECT is sent. */
  drop(): void {
    this.#client?.end(true);
    this.#client = null;
    this.#trouble = null;
  }

  /** Gone without a word, as when the power fails: what was not acknowledged is forgotten, and the next boot counts from 1. */
  restart(): void {
    this.drop();
    this.#lost += this.#waiting.size;
    this.#waiting.clear();
    this.#boots += 1;
    this.#seq = 0;
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    this.#trouble = null;
    if (client === null) return;
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, CLOSE_WITHIN_MS);
    const ended = client.connected ? client.endAsync() : client.endAsync(true);
    // A client that waits for acknowledgements that do not come is closed hard: nothing of it may stay behind.
    await Promise.race([ended.catch(() => undefined), late]);
    clearTimeout(timer);
    client.stream?.destroy();
  }

  #connect(): void {
    if (this.#client !== null) return;
    const { brokerUrl, clientId, statusTopic } = this.#options;
    const client = mqtt.connect(brokerUrl, {
      clientId, clean: true, keepalive: 60, reconnectPeriod: 1_000, connectTimeout: 10_000, queueQoSZero: false, resubscribe: false,
      ...(statusTopic === null ? {} : { will: { topic: statusTopic, payload: Buffer.from('offline'), qos: 1, retain: true } }),
    });
    this.#client = client;
    client.on('connect', () => {
      if (client === this.#client) this.#trouble = null;
      if (statusTopic !== null) client.publish(statusTopic, 'online', { qos: 1, retain: true }, () => undefined);
    });
    // Without a listener an error would end the program; the client itself goes on trying.
    client.on('error', (error) => { if (client === this.#client) this.#trouble = error.message || ('code' in error ? String(error.code) : 'connection failed'); });
    for (const seq of this.#waiting.keys()) this.#publish(seq);
  }

  #publish(seq: number): void {
    const payload = this.#waiting.get(seq);
    const boots = this.#boots;
    if (this.#client === null || payload === undefined) return;
    this.#client.publish(this.#options.heartbeatTopic, payload, { qos: 1 }, (error) => {
      // An error means that this client is gone; the next one sends it again.
      if (error || boots !== this.#boots) return;
      if (this.#waiting.delete(seq)) this.#acked += 1;
    });
  }
}
