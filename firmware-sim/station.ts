/** One MQTT client that sends heartbeats while the world lets it: a device, or the agent of a link. */
import mqtt, { type MqttClient } from 'mqtt';

export interface StationOptions {
  readonly brokerUrl: string;
  readonly clientId: string;
  readonly heartbeatTopic: string;
  /** Where `online` and the Will `offline` go; null for a link agent. */
  readonly statusTopic: string | null;
  readonly boot: string;
  readonly log: (line: string) => void;
}
/** Heartbeats that may wait for their PUBACK; beyond it the newest is dropped and counted, as a small device would. */
const MAX_WAITING = 100;

export class Station {
  readonly #options: StationOptions;
  #client: MqttClient | null = null;
  #seq = 0;
  #waiting = 0;
  sent: number = 0;
  acked: number = 0;
  dropped: number = 0;

  constructor(options: StationOptions) {
    this.#options = options;
  }

  get connected(): boolean { return this.#client?.connected ?? false; }

  connect(): void {
    if (this.#client !== null) return;
    const { brokerUrl, clientId, statusTopic, log } = this.#options;
    const client = mqtt.connect(brokerUrl, {
      clientId, clean: true, keepalive: 60, reconnectPeriod: 1_000, connectTimeout: 10_000, queueQoSZero: false, resubscribe: false,
      ...(statusTopic === null ? {} : { will: { topic: statusTopic, payload: Buffer.from('offline'), qos: 1, retain: true } }),
    });
    this.#client = client;
    client.on('connect', () => { if (statusTopic !== null) client.publish(statusTopic, 'online', { qos: 1, retain: true }, () => undefined); });
    client.on('error', (error) => { log(`${clientId}: ${error.message}`); });
  }

  /** Gone without a word, as when the power or the line fails. */
  drop(): void {
    this.#client?.end(true);
    this.#client = null;
    this.#waiting = 0;
  }

  send(fields: Readonly<Record<string, unknown>>, ts: number): void {
    this.connect();
    if (this.#waiting >= MAX_WAITING || this.#client === null) {
      this.dropped += 1;
      return;
    }
    this.#seq += 1;
    this.#waiting += 1;
    this.sent += 1;
    const client = this.#client;
    client.publish(this.#options.heartbeatTopic, JSON.stringify({ ts, seq: this.#seq, boot: this.#options.boot, ...fields }), { qos: 1 }, (error) => {
      if (client !== this.#client) return;
      this.#waiting -= 1;
      if (error === undefined || error === null) this.acked += 1;
    });
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    if (client === null) return;
    await Promise.race([client.endAsync(), new Promise((resolve) => { setTimeout(resolve, 1_000).unref(); })]);
  }
}
