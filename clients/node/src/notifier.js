import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);
const LONGEST_TEXT = 500;

/** Checks a rule of the config: which keys, what must be in the value, and how urgent that is. */
function rule(values) {
  if (typeof values.prefix !== 'string') {
    throw new Error("A rule needs a 'prefix' to follow, such as /nodes.");
  }
  return {
    prefix: values.prefix,
    keys: values.keys === undefined ? undefined : new RegExp(values.keys, 'u'),
    matches: values.matches === undefined ? undefined : new RegExp(values.matches, 'u'),
    title: values.title ?? '{key}',
    urgency: values.urgency ?? 'normal',
    deletions: values.deletions ?? false,
  };
}

/** What a rule makes of a change: a notification, or null. */
export function notification(one, change) {
  if (change.value === null && !one.deletions || one.keys && !one.keys.test(change.key)) {
    return null;
  }
  const text = change.value === null ? 'was deleted' : change.value.toString('utf8').slice(0, LONGEST_TEXT);
  if (one.matches && !one.matches.test(text)) {
    return null;
  }
  const fields = { key: change.key, service: change.service ?? 'a person', name: change.key.split('/').at(-1) };
  return {
    title: one.title.replace(/\{(key|service|name)\}/g, (_, name) => fields[name]),
    // Control characters have no business in what a desktop shows.
    // eslint-disable-next-line no-control-regex
    text: text.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, ' '),
    urgency: one.urgency,
    key: change.key,
    at: new Date(change.version.millis).toISOString(),
  };
}

/** Where notifications go: the desktop, a web hook, a file of JSON lines. */
export const channels = {
  desktop: () => async (note) => {
    await run('notify-send', ['--app-name=Lattice', `--urgency=${note.urgency}`, '--', note.title, note.text]);
  },
  webhook: ({ url }) => async (note) => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(note),
      signal: AbortSignal.timeout(10_000),
    });
    if (!answer.ok) {
      throw new Error(`${url} answered ${answer.status}`);
    }
  },
  file: ({ path }) => {
    const lines = createWriteStream(path, { flags: 'a', mode: 0o600 });
    return (note) => new Promise((done, failed) => {
      lines.write(`${JSON.stringify(note)}\n`, (error) => (error ? failed(error) : done()));
    });
  },
};

/** Of so many keys it is known when they were told of; if there are more, some are told of too often. */
const MAX_KEYS = 10_000;

/**
 * Follows prefixes of the store and says what changes. What it has dealt with is kept in its own state, so that after a
 * restart it goes on where it was, and says nothing twice.
 */
export class Notifier {
  #store;
  #rules;
  #send;
  #statePrefix;
  #minMillis;
  #last = new Map();
  #waiting = new Map();
  #log;

  constructor(store, serviceId, config, log = console.error) {
    this.#store = store;
    this.#rules = (config.rules ?? []).map(rule);
    if (this.#rules.length === 0) {
      throw new Error("There is no rule in 'rules': name at least one prefix to follow.");
    }
    const channel = channels[config.channel?.type ?? 'desktop'];
    if (!channel) {
      throw new Error(`'${config.channel.type}' is no channel: ${Object.keys(channels).join(', ')}.`);
    }
    this.#send = channel(config.channel ?? {});
    this.#statePrefix = `/state/${serviceId}/seen`;
    this.#minMillis = config.quietMillis ?? 1000;
    this.#log = log;
  }

  /** Follows until the signal says stop; `ready` is called when all watches run. */
  async run(signal, ready = () => {}) {
    let starting = this.#rules.length;
    const started = () => {
      if (--starting === 0) {
        ready();
      }
    };
    await Promise.all(this.#rules.map((one, index) => this.#follow(one, index, signal, started)));
  }

  async #follow(one, index, signal, started) {
    const key = `${this.#statePrefix}/${index}`;
    let after = await this.#seen(key, one);
    let onCaughtUp = (position) => {
      // From here on nothing is missed, even if nothing changes before the next start.
      this.#keep(key, one, position).then(started, (error) => this.#log(error.message));
    };
    while (!signal.aborted) {
      try {
        // What it keeps may stand under a prefix that it follows: to keep that it was seen would have no end.
        let others = false;
        for await (const change of this.#store.watch(one.prefix, { after, signal, onCaughtUp })) {
          if (!change.key.startsWith(`${this.#statePrefix}/`)) {
            others = true;
            await this.#tell(one, change);
          }
          if (change.last && others) {
            others = false;
            after = change.position;
            await this.#keep(key, one, after);
          }
        }
      } catch (error) {
        if (!['COMPACTED', 'LOG_CHANGED'].includes(error.reason)) {
          throw error;
        }
        this.#log(`what changed under ${one.prefix} meanwhile can't be known any more; going on from now`);
        after = undefined;
      }
      onCaughtUp = undefined;
    }
  }

  async #seen(key, one) {
    const entry = await this.#store.get(key);
    if (entry === null) {
      return undefined;
    }
    const seen = JSON.parse(entry.value.toString());
    // Another rule may have stood at this place before.
    return seen.prefix === one.prefix ? { logId: seen.logId, revision: BigInt(seen.revision) } : undefined;
  }

  async #keep(key, one, position) {
    await this.#store.put(key, JSON.stringify({
      prefix: one.prefix, logId: position.logId, revision: position.revision.toString(),
    }));
  }

  async #tell(one, change) {
    const note = notification(one, change);
    if (note === null) {
      return;
    }
    // A key that changes all the time is told of once in a while, and then as it is last.
    const wait = (this.#last.get(change.key) ?? 0) + this.#minMillis - Date.now();
    if (wait > 0) {
      if (!this.#waiting.has(change.key)) {
        setTimeout(() => this.#deliverLast(change.key), wait);
      }
      this.#waiting.set(change.key, note);
      return;
    }
    await this.#deliver(change.key, note);
  }

  async #deliverLast(key) {
    const note = this.#waiting.get(key);
    this.#waiting.delete(key);
    await this.#deliver(key, note);
  }

  async #deliver(key, note) {
    if (this.#last.size > MAX_KEYS) {
      this.#last.clear();
    }
    this.#last.set(key, Date.now());
    try {
      await this.#send(note);
    } catch (error) {
      this.#log(`a notification about ${key} could not be delivered: ${error.message}`);
    }
  }
}
