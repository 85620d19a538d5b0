/** Where the node is, and who we are to it. */
export interface Settings {
  /** `unix:/path/of/lattice.sock`, or `127.0.0.1:port` if the node's owner configured one. */
  target: string;
  serviceId: string;
  token: string;
  /** How long a call goes on trying to reach a node that does not answer; 30,000 if not given. */
  patienceMillis?: number;
}

/** How far a reader has come in the node's log; what a watch resumes after. */
export interface Position {
  logId: string;
  revision: bigint;
}

/** Which write a value is: of two to one key the greater one wins, at every node alike. */
export interface Version {
  /** Milliseconds since 1970 in the upper 48 bits, a counter in the lower 16. */
  time: bigint;
  /** Milliseconds since 1970 UTC. */
  millis: number;
  /** The author's node id, 64 hexadecimal digits. */
  node: string;
  epoch: bigint;
  index: number;
}

/** Where a process can be reached. */
export interface Endpoint {
  /** As in the scheme of a URI: `http`. */
  protocol: string;
  host: string;
  port: number;
}

/** A key with the value that it has. */
export interface Entry {
  key: string;
  value: Buffer;
  version: Version;
  revision: bigint;
  /** Whether it won over a write that its author had not seen. */
  concurrent: boolean;
}

/** The answer to a write: it is on disk and visible. */
export interface Receipt {
  position: Position;
  version: Version;
}

/** A change that became visible. */
export interface Change {
  key: string;
  /** null if the key was deleted. */
  value: Buffer | null;
  version: Version;
  /** The service that asked for it, if one did. */
  service: string | null;
  /** Of its commit. Once the `last` change of a commit is dealt with, a watch can resume after it. */
  position: Position;
  last: boolean;
}

/** One write to a key. */
export interface HistoryEntry {
  version: Version;
  value: Buffer | null;
  service: string | null;
  revision: bigint;
  outcome: 'current' | 'overwritten' | 'lost' | 'void';
}

export type Value = string | Uint8Array;

/** One change that a batch asks for. */
export type Mutation = { put: string; value: Value } | { delete: string };

/** What a state machine made of a command. */
export type CommandResult =
  | { result: 'applied'; receipt: Receipt }
  | { result: 'noEffect' }
  | { result: 'refused'; reason: string };

export interface WriteOptions {
  /** A write with an id that was used within 24 hours is answered with the first one's receipt and not done again. */
  operationId?: string;
}

export interface WatchOptions {
  /** Start with the first change after this position; without it, with the first after the call. */
  after?: Position;
  /** Deliver only changes under one of these prefixes. */
  filters?: string[];
  /** If the reader is behind, leave out changes that a later one has replaced. */
  coalesce?: boolean;
  /** Told once, when all that was there at the start has been delivered. */
  onCaughtUp?: (position: Position) => void;
  /** Ends the watch. */
  signal?: AbortSignal;
}

/** What the node, or the way to it, did not do. The message is a sentence that says what to do. */
export class LatticeError extends Error {
  /** One of those of store.proto, `UNREACHABLE`, or the name of a gRPC status. */
  readonly reason: string;
  readonly metadata: Record<string, string>;
  /** Whether it is worth trying again. */
  readonly isPassing: boolean;
}

/**
 * A replicated, ordered map of key to value, over the socket of a node. Calls are made again while the node can't be reached,
 * until the settings' patience ends; writes carry an operation id, so that one whose answer was lost is not done twice. Writes
 * share one stream, in the order in which they were called: make many at once, with `Promise.all`, for the node to write them
 * to its disk together.
 */
export class Store implements AsyncDisposable {
  private constructor(settings: Settings);
  /** The node's id. */
  readonly node: string;
  readonly storeName: string;
  /** The prefixes that may be read, and written. */
  readonly read: string[];
  readonly write: string[];

  get(key: string): Promise<Entry | null>;
  put(key: string, value: Value, options?: WriteOptions): Promise<Receipt>;
  delete(key: string, options?: WriteOptions): Promise<Receipt>;
  batch(mutations: Mutation[], options?: WriteOptions): Promise<Receipt>;
  apply(stateMachine: string, command: Value, options?: WriteOptions): Promise<CommandResult>;
  /** Tells the node that this process, if the node started it, is ready; to be called again when there are more endpoints. */
  ready(endpoints?: Endpoint[]): Promise<void>;
  position(): Promise<Position>;
  history(key: string, limit?: number): Promise<HistoryEntry[]>;
  scan(prefix: string, options?: { after?: string; limit?: number }): AsyncGenerator<Entry, void, void>;
  /** Every visible change under a prefix once, in order, without gaps. */
  watch(prefix: string, options?: WatchOptions): AsyncGenerator<Change, void, void>;
  /** What is under a prefix, each key as a change, and then every change. */
  follow(prefix: string, options?: { signal?: AbortSignal }): AsyncGenerator<Change, void, void>;
  close(): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What a node tells the daemons that it starts. */
export function settingsFromEnvironment(environment?: Record<string, string | undefined>): Settings;

/** The store of a node; without settings, as the environment says. */
export function connect(settings?: Settings): Promise<Store>;
