/** A device and a subscriber that must never be disturbed, whatever others do: each heartbeat is acknowledged in time and arrives. */
import mqtt, { type MqttClient } from 'mqtt';

const EVERY_MS = 100;

export class Canary implements AsyncDisposable {
  readonly #device: MqttClient;
  readonly #reader: MqttClient;
  /** The same numbers of an earlier one would be repetitions. */
  readonly #boot = `c${Date.now()}`;
  readonly #timer: NodeJS.Timeout;
  readonly latencies: number[] = [];
  sent = 0;
  received = 0;
  disconnects = 0;

  private constructor(device: MqttClient, reader: MqttClient, topic: string) {
    this.#device = device;
    this.#reader = reader;
    reader.on('message', () => { this.received += 1; });
    for (const client of [device, reader]) client.on('close', () => { this.disconnects += 1; });
    this.#timer = setInterval(() => {
      const began = performance.now();
      this.sent += 1;
      device.publish(topic, JSON.stringify({ seq: this.sent, boot: this.#boot, metrics: { rssi_dbm: -70 } }), { qos: 1 }, (error) => {
        if (!error) this.latencies.push(performance.now() - began);
      });
    }, EVERY_MS);
  }

  static async start(url: string, device: string): Promise<Canary> {
    const topic = `lianqin/v1/devices/${device}/heartbeat`;
    const [sender, reader] = [mqtt.connect(url, { clientId: device, reconnectPeriod: 0 }), mqtt.connect(url, { clientId: `${device}-reader`, reconnectPeriod: 0 })];
    await Promise.all([sender, reader].map((client) => new Promise<void>((resolve, reject) => { client.once('connect', () => { resolve(); }); client.once('error', reject); })));
    await reader.subscribeAsync(topic, { qos: 0 });
    return new Canary(sender, reader, topic);
  }

  /** Waits until what is on its way has arrived; what is still missing then is lost. */
  async rest(): Promise<{ readonly unacknowledged: number; readonly undelivered: number; readonly worst: number; readonly disconnects: number }> {
    clearInterval(this.#timer);
    const end = performance.now() + 3_000;
    while ((this.latencies.length < this.sent || this.received < this.sent) && performance.now() < end) await new Promise((resolve) => { setTimeout(resolve, 20); });
    return { unacknowledged: this.sent - this.latencies.length, undelivered: this.sent - this.received, worst: Math.max(...this.latencies), disconnects: this.disconnects };
  }
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([this.#device.endAsync(true), this.#reader.endAsync(true)]);
  }
}
