import { setTimeout as sleep } from 'node:timers/promises';
import { LatticeError, fromFailure, fromRpc } from './errors.js';

// What the node reads ahead of its answers; more would only wait at its door.
const MOST_UNDER_WAY = 1000;
const MOST_BYTES_UNDER_WAY = 1024 * 1024;
const MOST_BYTES_IN_MESSAGE = 256 * 1024;
const MOST_WAITING = 100_000;
const MOST_BYTES_WAITING = 64 * 1024 * 1024;
const LARGEST = 16 * 1024 * 1024 - 64 * 1024;
const IDLE_MILLIS = 1000;
const LOOK_MILLIS = 100;
const OVERHEAD = 64;

/** About how many bytes a message has: its strings, its bytes, and a little for each. */
function sizeOf(value) {
  if (typeof value === 'string') {
    return OVERHEAD + Buffer.byteLength(value);
  }
  if (value instanceof Uint8Array) {
    return OVERHEAD + value.byteLength;
  }
  return value && typeof value === 'object'
    ? Object.values(value).reduce((sum, part) => sum + sizeOf(part), 0) : OVERHEAD;
}

/**
 * The writes of a process, in the order in which they were submitted, many under way at once in one call. What is submitted
 * in one turn of the event loop goes out in one message.
 *
 * If the call breaks, what was not answered is sent again in the next one, in order and before anything new; its operation id
 * makes sure that what the node had done already is not done twice. A call that nobody has used for a second is ended, so that
 * it keeps no process alive.
 */
export class Pipeline {
  #open;
  #pause;
  #patience;
  #waiting = [];
  #bytesWaiting = 0;
  #underWay = new Map();
  #bytesUnderWay = 0;
  #next = 0;
  #call = null;
  #failures = 0;
  #lastError = null;
  #sendingSoon = false;
  #pausing = false;
  #closed = false;
  #idle = null;
  #looking = null;

  /**
   * @param open opens a call of `Pipeline`
   * @param pause how many milliseconds to wait after so many failures
   * @param patienceMillis how long a write may take
   */
  constructor(open, pause, patienceMillis) {
    this.#open = open;
    this.#pause = pause;
    this.#patience = patienceMillis;
  }

  /** Sends an operation; resolves to `{ position, version }` or `{ applied }`. */
  write(operation) {
    const size = sizeOf(operation);
    if (this.#closed) {
      return Promise.reject(closedError());
    }
    if (size > LARGEST) {
      return Promise.reject(new LatticeError('TOO_LARGE',
        `The write has about ${size} bytes; the node takes no message of more than ${LARGEST}.`));
    }
    if (this.#waiting.length >= MOST_WAITING || this.#bytesWaiting > MOST_BYTES_WAITING) {
      return Promise.reject(new LatticeError('BUSY',
        `${this.#waiting.length} writes wait to be sent to the node. Await some before you make more.`));
    }
    return new Promise((done, failed) => {
      this.#waiting.push({ operation, size, done, failed, deadline: Date.now() + this.#patience });
      this.#bytesWaiting += size;
      this.#looking ??= setInterval(() => this.#failOverdue(), LOOK_MILLIS);
      this.#sendSoon();
    });
  }

  /** Ends the call, and fails what was not answered. */
  close() {
    this.#closed = true;
    clearTimeout(this.#idle);
    clearInterval(this.#looking);
    const left = [...this.#underWay.values(), ...this.#waiting];
    this.#underWay.clear();
    this.#waiting = [];
    this.#call?.cancel();
    left.forEach((write) => write.failed(closedError()));
  }

  #sendSoon() {
    if (this.#sendingSoon || this.#pausing || this.#closed || this.#waiting.length === 0) {
      return;
    }
    this.#sendingSoon = true;
    setImmediate(() => {
      this.#sendingSoon = false;
      this.#sendWhatFits();
    });
  }

  #sendWhatFits() {
    clearTimeout(this.#idle);
    while (!this.#pausing && !this.#closed && this.#waiting.length > 0) {
      this.#call ??= this.#start();
      const operations = this.#take();
      if (operations.length === 0) {
        return;
      }
      this.#call.write({ operations });
    }
  }

  /** What can be sent now, under way from here on. */
  #take() {
    const operations = [];
    let bytes = 0;
    let taken = 0;
    for (const write of this.#waiting) {
      const full = this.#underWay.size > 0
        && (this.#underWay.size >= MOST_UNDER_WAY || this.#bytesUnderWay + write.size > MOST_BYTES_UNDER_WAY);
      if (full || (bytes > 0 && bytes + write.size > MOST_BYTES_IN_MESSAGE)) {
        break;
      }
      taken++;
      bytes += write.size;
      this.#underWay.set(this.#next++, write);
      this.#bytesUnderWay += write.size;
      operations.push(write.operation);
    }
    this.#waiting.splice(0, taken);
    this.#bytesWaiting -= bytes;
    return operations;
  }

  #start() {
    const call = this.#open();
    this.#next = 0;
    call.on('data', (response) => this.#answered(call, response));
    call.on('error', (error) => this.#ended(call, fromRpc(error)));
    call.on('end', () => this.#ended(call, new LatticeError('CLOSED', 'The node ended the call.')));
    return call;
  }

  #answered(call, response) {
    if (call !== this.#call) {
      return;
    }
    this.#failures = 0;
    this.#lastError = null;
    for (const { position, version, numbers = [], indexes = [] } of response.committed ?? []) {
      numbers.forEach((number, i) => this.#settle(number)?.done({ position, version: { ...version, index: indexes[i] ?? 0 } }));
    }
    for (const { number, applied, failure } of response.outcomes ?? []) {
      if (failure?.reason === 'CLOSED') {
        // The node is stopping: this is sent again when it is back, and what comes after it waits for that.
        this.#ended(call, fromFailure(failure));
        call.cancel();
        return;
      }
      const write = this.#settle(number);
      if (failure) {
        write?.failed(fromFailure(failure));
      } else {
        write?.done({ applied });
      }
    }
    this.#sendSoon();
    this.#restIfIdle(call);
  }

  /** The write of that number, if it still waits for its answer. */
  #settle(number) {
    const key = Number(number ?? 0);
    const write = this.#underWay.get(key);
    if (write) {
      this.#underWay.delete(key);
      this.#bytesUnderWay -= write.size;
    }
    return write;
  }

  #restIfIdle(call) {
    if (this.#underWay.size > 0 || this.#waiting.length > 0) {
      return;
    }
    clearInterval(this.#looking);
    this.#looking = null;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      if (call === this.#call && this.#underWay.size === 0) {
        this.#call = null;
        call.end();
      }
    }, IDLE_MILLIS);
  }

  #ended(call, error) {
    if (call !== this.#call) {
      return;
    }
    this.#call = null;
    const unanswered = [...this.#underWay.values()];
    this.#underWay.clear();
    this.#bytesUnderWay = 0;
    if (!error.isPassing && !['TOO_SLOW', 'CANCELLED'].includes(error.reason)) {
      unanswered.forEach((write) => write.failed(error));
      this.#sendSoon();
      return;
    }
    this.#lastError = error;
    this.#waiting.unshift(...unanswered);
    this.#bytesWaiting += unanswered.reduce((sum, write) => sum + write.size, 0);
    this.#sendAgainLater();
  }

  async #sendAgainLater() {
    this.#pausing = true;
    // Whoever waits for a write is kept by its deadline, so this need not.
    await sleep(this.#pause(++this.#failures), undefined, { ref: false });
    this.#pausing = false;
    this.#sendSoon();
  }

  /** Fails what has waited too long; all stand in the order of their deadlines. */
  #failOverdue() {
    const now = Date.now();
    const overdue = [];
    for (const [number, write] of this.#underWay) {
      if (write.deadline > now) {
        break;
      }
      overdue.push(this.#settle(number));
    }
    while (this.#waiting.length > 0 && this.#waiting[0].deadline <= now) {
      const write = this.#waiting.shift();
      this.#bytesWaiting -= write.size;
      overdue.push(write);
    }
    const why = this.#lastError ? ` (${this.#lastError.message})` : '';
    overdue.forEach((write) => write.failed(new LatticeError('UNREACHABLE', `The node did not answer within ${this.#patience / 1000} s${why}.`
      + ' See that it runs; the write may have been done all the same.')));
    this.#sendSoon();
    if (this.#call) {
      this.#restIfIdle(this.#call);
    } else if (this.#waiting.length === 0) {
      clearInterval(this.#looking);
      this.#looking = null;
    }
  }
}

function closedError() {
  return new LatticeError('CLOSED', 'The connection to the node was closed.');
}
