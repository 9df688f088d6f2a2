/** Where the one door leaves what it has learned; the runner takes it from there to the engine, in order. */
export interface Inbox<Input> {
  post(input: Input): void;
}
