// The picture that the page shows, and whether it can be believed. Fed by the event stream; reads the HTTP API and nothing else.
const BEAT_S = 5;
/** Without any sign of life for this long the picture is called old; later the connection is given up and made anew. */
const OLD_MS = 12_000;
const GIVE_UP_MS = 30_000;
const HOUR_MS = 3_600_000;

const empty = () => ({ alert: new Map(), path: new Map(), link: new Map(), device: new Map() });

export class Picture {
  sites = [];
  agencies = new Map();
  summary = null;
  summaryFailed = null;
  failed = null;
  ready = false;
  connected = false;
  /** This machine's time of the last sign of life, and what the gateway's clock said then. */
  heardAt = null;
  gatewayAt = null;
  #held = empty();
  #arriving = null;
  #source = null;
  #position = null;
  #changed;
  #retry = 1000;
  #openedAt = Date.now();
  #summaryTimer = null;
  #sitesWanted = true;

  /** `changed` is called after anything that the page shows has changed. */
  constructor(changed) { this.#changed = changed; }

  get alerts() { return this.#held.alert; }
  get paths() { return this.#held.path; }
  get links() { return this.#held.link; }
  get devices() { return this.#held.device; }

  /** connecting | live | old | cut */
  get belief() {
    if (this.heardAt === null) return this.failed === null ? 'connecting' : 'cut';
    if (!this.connected) return 'cut';
    return Date.now() - this.heardAt > OLD_MS ? 'old' : 'live';
  }
  /** By how much this machine's clock is ahead of the gateway's. */
  get clockOffset() { return this.heardAt === null || this.gatewayAt === null ? 0 : this.heardAt - this.gatewayAt; }
  /** The gateway's time now; where the stream is cut, the time at which the picture stopped. */
  get now() {
    if (this.gatewayAt === null) return Date.now();
    return this.connected ? Date.now() - this.clockOffset : this.gatewayAt;
  }

  start() {
    this.#connect();
    setInterval(() => this.#watch(), 1000);
  }

  #connect() {
    this.#source?.close();
    this.#openedAt = Date.now();
    const after = this.#position === null ? '' : `&after=${encodeURIComponent(this.#position)}`;
    const source = this.#source = new EventSource(`/api/v1/stream?beat=${BEAT_S}${after}`);
    source.addEventListener('snapshot', (event) => { this.#arriving = empty(); this.#sitesWanted = true; this.#heard(event); });
    for (const type of ['path', 'alert', 'link', 'device']) source.addEventListener(type, (event) => this.#take(type, event));
    source.addEventListener('live', (event) => this.#live(event));
    source.addEventListener('beat', (event) => { this.#heard(event); this.#changed(); });
    source.addEventListener('error', () => this.#lost(source));
  }

  #lost(source) {
    if (source !== this.#source) return;
    source.close();
    this.#arriving = null;
    this.connected = false;
    this.failed ??= '';
    setTimeout(() => { if (source === this.#source) this.#connect(); }, this.#retry);
    this.#retry = Math.min(this.#retry * 1.5, 5000);
    this.#changed();
  }

  #watch() {
    const silent = Date.now() - Math.max(this.heardAt ?? 0, this.#openedAt);
    if (this.#source.readyState !== EventSource.CLOSED && silent > GIVE_UP_MS) this.#lost(this.#source);
    for (const [id, alert] of this.alerts) if (alert.resolvedAt !== null && this.now - alert.resolvedAt > HOUR_MS) this.alerts.delete(id);
  }

  #heard(event) {
    const data = JSON.parse(event.data);
    this.heardAt = Date.now();
    if (typeof data.at === 'number') this.gatewayAt = data.at;
    if (event.lastEventId !== '') this.#position = event.lastEventId;
    return data;
  }

  #take(type, event) {
    const at = this.gatewayAt === null ? null : this.gatewayAt + (Date.now() - this.heardAt);
    const resource = this.#heard(event);
    if (at !== null) this.gatewayAt = at;
    const target = this.#arriving ?? this.#held;
    target[type].set(type === 'path' ? resource.site : resource.id, resource);
    if (this.#arriving !== null) return;
    this.#soonSummary();
    if (this.ready) this.#changed();
  }

  async #live(event) {
    this.#heard(event);
    if (this.#arriving !== null) this.#held = this.#arriving;
    this.#arriving = null;
    this.connected = true;
    this.#retry = 1000;
    await this.#readAround();
    this.#changed();
  }

  /** What the stream does not carry: sites, agencies, the sentence. */
  async #readAround() {
    try {
      if (this.#sitesWanted) {
        const [sites, agencies] = await Promise.all([readList('/api/v1/sites'), readList('/api/v1/agencies')]);
        this.sites = sites;
        this.agencies = new Map(agencies.map((agency) => [agency.id, agency]));
        this.#sitesWanted = false;
      }
      await this.#readSummary();
      this.failed = null;
      this.ready = true;
    } catch (error) {
      this.failed = String(error.message ?? error);
      setTimeout(() => { if (this.connected) void this.#readAround().then(this.#changed); }, 3000);
    }
  }

  /** At most once in half a second, however much changes. */
  #soonSummary() {
    if (this.#summaryTimer !== null) return;
    this.#summaryTimer = setTimeout(() => {
      this.#summaryTimer = null;
      void this.#readSummary().then(this.#changed);
    }, 500);
  }

  async #readSummary() {
    try {
      this.summary = await readJson('/api/v1/summary');
      this.summaryFailed = null;
    } catch (error) {
      this.summaryFailed = String(error.message ?? error);
      if (this.connected) setTimeout(() => this.#soonSummary(), 3000);
    }
  }
}

async function readJson(url) {
  const response = await fetch(url, { headers: { accept: 'application/json' } });
  if (!response.ok) throw new Error(`HTTP ${response.status} ${(await response.json().catch(() => ({}))).detail ?? ''}`.trim());
  return response.json();
}

async function readList(url) {
  const items = [];
  let cursor = '';
  do {
    const page = await readJson(`${url}?limit=1000${cursor}`);
    items.push(...page.items);
    cursor = page.next === null ? null : `&cursor=${encodeURIComponent(page.next)}`;
  } while (cursor !== null);
  return items;
}
