import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Metadata, credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { LatticeError, fromRpc } from './errors.js';
import { Pipeline } from './pipeline.js';

const MAX_MESSAGE = 16 * 1024 * 1024;
const PROGRESS_MILLIS = 5000;
const LONGEST_PAUSE = 3000;

const definition = loadSync('lattice/v1/store.proto', {
  includeDirs: [fileURLToPath(new URL('../proto', import.meta.url))],
  keepCase: true,
  longs: BigInt,
  enums: String,
  defaults: false,
  oneofs: true,
});
const { StoreService } = loadPackageDefinition(definition).lattice.v1;

/** What a node tells the daemons that it starts. */
export function settingsFromEnvironment(environment = process.env) {
  for (const name of ['LATTICE_SOCKET', 'LATTICE_SERVICE_ID', 'LATTICE_TOKEN']) {
    if (!environment[name]) {
      throw new Error(`${name} is not set. A node sets it for the daemons that it starts;`
        + ' set it yourself for one that you start.');
    }
  }
  return {
    target: `unix:${resolve(environment.LATTICE_SOCKET)}`,
    serviceId: environment.LATTICE_SERVICE_ID,
    token: environment.LATTICE_TOKEN,
  };
}

/** The store of a node; without settings, as the environment says. */
export async function connect(settings = settingsFromEnvironment()) {
  const store = new Store(settings);
  try {
    await store._hello();
    return store;
  } catch (error) {
    store.close();
    throw error;
  }
}

/** How long to wait before the next try: doubling, with jitter. */
function pause(failures) {
  return Math.min(LONGEST_PAUSE, 50 * 2 ** Math.min(failures - 1, 16)) * (0.5 + Math.random() / 2);
}

const bytes = (value) => (typeof value === 'string' ? Buffer.from(value) : Buffer.from(value.buffer ?? value,
  value.byteOffset ?? 0, value.byteLength ?? value.length));
const long = (value) => value ?? 0n;
const readPosition = (message) => ({ logId: message?.log_id ?? '', revision: long(message?.revision) });
const writePosition = (position) => ({ log_id: position.logId, revision: position.revision.toString() });
const readVersion = (message) => ({
  time: long(message?.time),
  millis: Number(long(message?.time) >> 16n),
  node: Buffer.from(message?.node_id ?? []).toString('hex'),
  epoch: long(message?.epoch),
  index: message?.index ?? 0,
});
const readEntry = (message) => ({
  key: message.key,
  value: Buffer.from(message.value ?? []),
  version: readVersion(message.version),
  revision: long(message.revision),
  concurrent: message.concurrent ?? false,
});
const readReceipt = (message) => ({
  position: readPosition(message.position),
  version: readVersion(message.version),
});
const writeMutation = (mutation) => ('put' in mutation
  ? { put: { key: mutation.put, value: bytes(mutation.value) } }
  : { delete: { key: mutation.delete } });

/** The key, value and the rest of a change as it came. */
function readChange(message, position, last) {
  const updated = message.updated;
  return {
    key: updated ? updated.key : message.removed.key,
    value: updated ? Buffer.from(updated.value ?? []) : null,
    version: readVersion((updated ?? message.removed).version),
    service: message.service_id ?? null,
    position,
    last,
  };
}

/**
 * A replicated, ordered map of key to value, over the socket of a node. Made by {@link connect}. Writes share one stream, in
 * the order in which they were called.
 */
export class Store {
  #settings;
  #client;
  #metadata = new Metadata();
  #operations = 0;
  #operationPrefix = randomBytes(8).toString('hex');
  #closed = false;
  #running = new Set();
  #writes;

  constructor(settings) {
    this.#settings = { patienceMillis: 30_000, ...settings };
    this.#metadata.set('authorization', `Bearer ${settings.token}`);
    this.#client = new StoreService(settings.target, credentials.createInsecure(), {
      'grpc.max_receive_message_length': MAX_MESSAGE,
      'grpc.default_authority': 'lattice',
      'grpc.initial_reconnect_backoff_ms': 50,
      'grpc.max_reconnect_backoff_ms': LONGEST_PAUSE,
      'grpc.keepalive_time_ms': 20_000,
      'grpc.keepalive_timeout_ms': 10_000,
      'grpc.use_local_subchannel_pool': 1,
    });
    this.#writes = new Pipeline(() => this.#client.Pipeline(this.#metadata), pause, this.#settings.patienceMillis);
  }

  async _hello() {
    const answer = await this.#call('Connect', { service_id: this.#settings.serviceId, client: 'node' });
    this.node = Buffer.from(answer.node_id).toString('hex');
    this.storeName = answer.store_name;
    this.read = answer.read ?? [];
    this.write = answer.write ?? [];
  }

  /** Ends what runs. */
  close() {
    this.#closed = true;
    this.#writes.close();
    this.#running.forEach((call) => call.cancel());
    this.#client.close();
  }

  async [Symbol.asyncDispose]() {
    this.close();
  }

  async #call(method, request) {
    const deadline = Date.now() + this.#settings.patienceMillis;
    for (let failures = 1; ; failures++) {
      this.#checkOpen();
      try {
        return await new Promise((done, failed) => {
          this.#client[method](request, this.#metadata, { deadline },
            (error, answer) => (error ? failed(error) : done(answer)));
        });
      } catch (error) {
        await this.#retry(fromRpc(error), failures, deadline);
      }
    }
  }

  /** Waits before a call is made again, or throws if it is not worth it. */
  async #retry(error, failures, deadline) {
    this.#checkOpen();
    const millis = pause(failures);
    if (!error.isPassing || Date.now() + millis > deadline) {
      throw error;
    }
    await sleep(millis);
  }

  #checkOpen() {
    if (this.#closed) {
      throw new LatticeError('CLOSED', 'The connection to the node was closed.');
    }
  }

  /** The messages of one call; leaving the loop over them ends it. */
  async* #stream(method, request, signal) {
    this.#checkOpen();
    const call = this.#client[method](request, this.#metadata);
    const abort = () => call.cancel();
    signal?.addEventListener('abort', abort);
    this.#running.add(call);
    try {
      for await (const message of call) {
        yield message;
      }
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#running.delete(call);
      // What the end of a call that nobody reads any more says is of no interest.
      call.on('error', () => {});
      call.cancel();
    }
  }

  #operation(given) {
    return given ?? `${this.#operationPrefix}-${++this.#operations}`;
  }

  /** Tells the node that this process, if the node started it, is ready; to be called again when there are more endpoints. */
  async ready(endpoints = []) {
    await this.#call('Ready', { endpoints: endpoints.map(({ protocol, host, port }) => ({ protocol, host, port })) });
  }

  /** The last commit that is durable and visible. */
  async position() {
    return readPosition((await this.#call('GetPosition', {})).position);
  }

  /** The value of a key, or null. */
  async get(key) {
    const answer = await this.#call('Get', { key });
    return answer.entry ? readEntry(answer.entry) : null;
  }

  /** Gives a key a value; done when it is on disk and visible. */
  async put(key, value, { operationId } = {}) {
    return readReceipt(await this.#writes.write(
      { put: { key, value: bytes(value), operation_id: this.#operation(operationId) } }));
  }

  /** Takes a key away; that there is none is no error. */
  async delete(key, { operationId } = {}) {
    return readReceipt(await this.#writes.write({ delete: { key, operation_id: this.#operation(operationId) } }));
  }

  /** Writes several mutations at once: all become visible at one revision, or none. */
  async batch(mutations, { operationId } = {}) {
    return readReceipt(await this.#writes.write(
      { batch: { mutations: mutations.map(writeMutation), operation_id: this.#operation(operationId) } }));
  }

  /** Sends a command to a state machine of the node. */
  async apply(stateMachine, command, { operationId } = {}) {
    const { applied: answer } = await this.#writes.write(
      { apply: { state_machine: stateMachine, command: bytes(command), operation_id: this.#operation(operationId) } });
    if (answer.applied) {
      return { result: 'applied', receipt: readReceipt(answer.applied) };
    }
    return answer.refused ? { result: 'refused', reason: answer.refused.reason ?? '' } : { result: 'noEffect' };
  }

  /** The writes to a key that the log still holds, the newest first. */
  async history(key, limit = 100) {
    const deadline = Date.now() + this.#settings.patienceMillis;
    for (let failures = 1; ; failures++) {
      try {
        const entries = [];
        for await (const page of this.#stream('History', { key, limit })) {
          for (const entry of page.entries) {
            entries.push({
              version: readVersion(entry.version),
              value: entry.value === undefined ? null : Buffer.from(entry.value),
              service: entry.service_id ?? null,
              revision: long(entry.revision),
              outcome: entry.outcome.replace('OUTCOME_', '').toLowerCase(),
            });
          }
        }
        return entries;
      } catch (error) {
        await this.#retry(fromRpc(error), failures, deadline);
      }
    }
  }

  /** The entries under a prefix in the order of their keys. */
  async* scan(prefix, { after, limit = 0 } = {}) {
    let left = limit;
    let failures = 0;
    let deadline = Date.now() + this.#settings.patienceMillis;
    for (;;) {
      try {
        const request = { prefix, limit: left, ...(after === undefined ? {} : { after }) };
        for await (const page of this.#stream('Scan', request)) {
          failures = 0;
          deadline = Date.now() + this.#settings.patienceMillis;
          for (const entry of page.entries) {
            after = entry.key;
            left = Math.max(0, left - 1);
            yield readEntry(entry);
            if (limit > 0 && left === 0) {
              return;
            }
          }
        }
        return;
      } catch (failure) {
        const error = fromRpc(failure);
        if (error.reason !== 'TOO_SLOW') {
          await this.#retry(error, ++failures, deadline);
        }
      }
    }
  }

  /**
   * Every visible change under a prefix once, in order, without gaps, for as long as it is iterated; goes on by itself when
   * the node is back after it was gone.
   */
  async* watch(prefix, { after, filters = [], coalesce = false, onCaughtUp, signal } = {}) {
    let told = false;
    let failures = 0;
    while (!signal?.aborted) {
      try {
        const request = {
          prefix, filters, coalesce, progress_interval_millis: PROGRESS_MILLIS,
          ...(after === undefined ? {} : { after: writePosition(after) }),
        };
        let parts = [];
        for await (const message of this.#stream('Watch', request, signal)) {
          failures = 0;
          if (message.changes) {
            // A large commit comes in parts; it counts once it is complete.
            parts.push(...message.changes.changes);
            if (!message.changes.more) {
              const position = readPosition(message.changes.position);
              const commit = parts;
              parts = [];
              for (let i = 0; i < commit.length; i++) {
                yield readChange(commit[i], position, i === commit.length - 1);
              }
              after = position;
            }
          } else if (message.caught_up) {
            after = readPosition(message.caught_up);
            if (!told) {
              told = true;
              onCaughtUp?.(after);
            }
          } else if (message.progress) {
            after = readPosition(message.progress);
          }
        }
      } catch (failure) {
        const error = fromRpc(failure);
        if (signal?.aborted) {
          return;
        }
        this.#checkOpen();
        if (!error.isPassing && !(error.reason === 'TOO_SLOW' && after !== undefined)) {
          throw error;
        }
        await sleep(pause(++failures));
      }
    }
  }

  /**
   * What is under a prefix, each key as a change, and then every change; begins anew if changes can't be had any more, and
   * then reports keys that went away meanwhile as deleted.
   */
  async* follow(prefix, { signal } = {}) {
    let known = new Set();
    while (!signal?.aborted) {
      const start = await this.position();
      const seen = new Set();
      for await (const entry of this.scan(prefix)) {
        seen.add(entry.key);
        yield { key: entry.key, value: entry.value, version: entry.version, service: null, position: start, last: true };
      }
      for (const key of known) {
        if (!seen.has(key)) {
          yield { key, value: null, version: readVersion(undefined), service: null, position: start, last: true };
        }
      }
      known = seen;
      try {
        for await (const change of this.watch(prefix, { after: start, signal })) {
          if (change.value === null) {
            known.delete(change.key);
          } else {
            known.add(change.key);
          }
          yield change;
        }
      } catch (error) {
        if (!(error instanceof LatticeError) || !['COMPACTED', 'LOG_CHANGED'].includes(error.reason)) {
          throw error;
        }
      }
    }
  }
}
