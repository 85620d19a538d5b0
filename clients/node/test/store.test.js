// The client against a node, which restarts its side of the socket when /t/control/restart is written.
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { after, before, beforeEach, test } from 'node:test';
import { connect, settingsFromEnvironment } from '../src/index.js';
import { Pipeline } from '../src/pipeline.js';

const skip = process.env.LATTICE_SOCKET ? false
  : 'LATTICE_SOCKET is not set: these tests need a node; the tests of lattice.rpc run them with one';
let store;

before(async () => {
  if (!skip) {
    store = await connect();
  }
});

beforeEach(async () => {
  if (!skip) {
    for await (const entry of store.scan('/t')) {
      await store.delete(entry.key);
    }
  }
});

after(() => store?.close());

async function collect(changes, count) {
  const found = [];
  for await (const change of changes) {
    found.push(change);
    if (found.length === count) {
      break;
    }
  }
  return found;
}

async function texts(entries) {
  const found = [];
  for await (const entry of entries) {
    found.push(entry.value.toString());
  }
  return found;
}

/** A call whose other end commits all that it hears. */
class FakeCall extends EventEmitter {
  messages = 0;
  #next = 0n;

  write({ operations }) {
    this.messages++;
    const numbers = operations.map(() => this.#next++);
    setImmediate(() => this.emit('data', { committed: [{ numbers, indexes: numbers.map(() => 0) }] }));
  }

  end() {
    this.emit('finish');
  }

  cancel() {}
}

const reason = (name) => (error) => {
  assert.equal(error.reason, name);
  assert.match(error.message, /\.$/);
  return true;
};

test('it says that it is ready', { skip }, async () => {
  await store.ready();
  await store.ready([{ protocol: 'http', host: '127.0.0.1', port: 8088 }]);
  await assert.rejects(store.ready([{ protocol: 'http', host: '127.0.0.1', port: 0 }]), reason('INVALID_REQUEST'));
});

test('a value comes back', { skip }, async () => {
  const receipt = await store.put('/t/a', new Uint8Array([0, 255]));
  const entry = await store.get('/t/a');
  assert.deepEqual([...entry.value], [0, 255]);
  assert.deepEqual(entry.version, receipt.version);
  assert.equal(entry.revision, receipt.position.revision);
  assert.equal(entry.version.node, store.node);
  assert.ok(Math.abs(entry.version.millis - Date.now()) < 600_000);
  await store.delete('/t/a');
  assert.equal(await store.get('/t/a'), null);
  await store.put('/t/empty', '');
  assert.equal((await store.get('/t/empty')).value.length, 0);
});

test('a batch is one', { skip }, async () => {
  await store.put('/t/gone', 'x');
  const receipt = await store.batch([{ put: '/t/a', value: '1' }, { put: '/t/b', value: '2' }, { delete: '/t/gone' }]);
  const entries = await collect(store.scan('/t'), 10);
  assert.deepEqual(entries.map((entry) => entry.key), ['/t/a', '/t/b']);
  assert.ok(entries.every((entry) => entry.revision === receipt.position.revision));
});

test('a scan is in order and keeps to its limit', { skip }, async () => {
  const numbers = Array.from({ length: 1200 }, (_, i) => String(i));
  await store.batch(numbers.map((value) => ({ put: `/t/${value.padStart(4, '0')}`, value })));
  assert.deepEqual(await texts(store.scan('/t')), numbers);
  assert.deepEqual(await texts(store.scan('/t', { after: '/t/0009', limit: 3 })), ['10', '11', '12']);
});

test('history says who wrote what', { skip }, async () => {
  await store.put('/t/h', '1');
  await store.delete('/t/h');
  const [first, second] = await store.history('/t/h');
  assert.deepEqual([first.value, first.outcome, first.service],
    [null, 'current', process.env.LATTICE_SERVICE_ID]);
  assert.deepEqual([second.value.toString(), second.outcome], ['1', 'overwritten']);
});

test('an operation is done once', { skip }, async () => {
  const first = await store.put('/t/a', '1', { operationId: 'node-op' });
  await store.put('/t/a', '2');
  assert.deepEqual(await store.put('/t/a', '1', { operationId: 'node-op' }), first);
  assert.equal((await store.get('/t/a')).value.toString(), '2');
});

test('a command', { skip }, async () => {
  assert.equal((await store.apply('test.set', 'by command')).result, 'applied');
  assert.equal((await store.get('/t/register')).value.toString(), 'by command');
  await assert.rejects(store.apply('test.unknown', ''), reason('NO_STATE_MACHINE'));
});

test('what is wrong is said', { skip }, async () => {
  await assert.rejects(store.get('/secret'), reason('DENIED'));
  await assert.rejects(store.put('/services/x/config', '{}'), reason('DENIED'));
  await assert.rejects(store.put('no-slash', 'x'), reason('INVALID_KEY'));
  await assert.rejects(collect(store.watch('/t', { after: { logId: 'another', revision: 1n } }), 1), reason('LOG_CHANGED'));
  const settings = settingsFromEnvironment();
  await assert.rejects(connect({ ...settings, token: settings.token.replace(/.$/, (c) => (c === 'A' ? 'B' : 'A')) }),
    reason('TOKEN_REFUSED'));
  assert.throws(() => settingsFromEnvironment({}), /LATTICE_SOCKET is not set/);
});

test('nobody there', { skip }, async () => {
  await assert.rejects(connect({ target: 'unix:/nonexistent/lattice.sock', serviceId: 'a.b', token: 'x', patienceMillis: 300 }),
    reason('UNREACHABLE'));
});

test('a watch sees the past and then the present', { skip }, async () => {
  const start = await store.position();
  await store.put('/t/a', '1');
  const watching = collect(store.watch('/t', { after: start }), 3);
  await store.batch([{ put: '/t/b', value: '2' }, { delete: '/t/a' }]);
  const found = await watching;
  assert.deepEqual(found.map((change) => [change.key, change.value?.toString() ?? null, change.last]),
    [['/t/a', '1', true], ['/t/b', '2', false], ['/t/a', null, true]]);
  assert.equal(found[0].service, process.env.LATTICE_SERVICE_ID);
});

test('a watch ends when it is told to', { skip }, async () => {
  const stop = new AbortController();
  const watching = collect(store.watch('/t', { signal: stop.signal, onCaughtUp: () => stop.abort() }), 1);
  assert.deepEqual(await watching, []);
});

test('it goes on when the node is back', { skip }, async () => {
  let watching;
  await new Promise((done) => {
    watching = collect(store.watch('/t/r', { onCaughtUp: done }), 21);
  });
  await store.put('/t/control/restart', 'now');
  for (let i = 0; i < 20; i++) {
    await store.put(`/t/r/${i}`, String(i));
  }
  const keys = (await watching).map((change) => change.key).sort();
  assert.deepEqual(keys, ['/t/r/missed', ...Array.from({ length: 20 }, (_, i) => `/t/r/${i}`)].sort());
});

test('follow begins with what is there', { skip }, async () => {
  await store.put('/t/f/a', '1');
  const watching = collect(store.follow('/t/f'), 2);
  await store.put('/t/f/b', '2');
  assert.deepEqual((await watching).map((change) => change.key), ['/t/f/a', '/t/f/b']);
});

test('writes are done in the order in which they were called', { skip }, async () => {
  const receipts = await Promise.all(Array.from({ length: 3000 }, (_, i) => store.put('/t/order', String(i))));
  assert.equal((await store.get('/t/order')).value.toString(), '2999');
  assert.equal(new Set(receipts.map(({ version }) => `${version.time} ${version.index}`)).size, 3000);
  assert.deepEqual(receipts.map(({ position }) => position.revision),
    receipts.map(({ position }) => position.revision).sort((a, b) => Number(a - b)));
});

test('a write that is refused harms no other', { skip }, async () => {
  const answers = await Promise.allSettled([
    store.put('/t/a', '1'),
    store.put('/services/x/config', '{}'),
    store.put('no-slash', 'x'),
    store.put('/t/large', Buffer.alloc(2 << 20)),
    store.put('/t/larger', Buffer.alloc(17 << 20)),
    store.apply('test.unknown', ''),
    store.delete('/peers/x'),
    store.put('/t/b', '2'),
  ]);
  assert.deepEqual(answers.map((answer) => answer.reason?.reason ?? null),
    [null, 'DENIED', 'INVALID_KEY', 'TOO_LARGE', 'TOO_LARGE', 'NO_STATE_MACHINE', 'DENIED', null]);
  assert.deepEqual(await texts(store.scan('/t')), ['1', '2']);
});

test('writes under way are done once when the node goes and comes', { skip }, async () => {
  const start = await store.position();
  const puts = Array.from({ length: 2000 }, (_, i) => () => store.put(`/t/once/${i}`, String(i)));
  puts.splice(700, 0, () => store.put('/t/control/restart', 'now'));
  await Promise.all(puts.map((put) => put()));
  await store.put('/t/once/end', '');
  const found = await collect(store.watch('/t/once', { after: start }), 2001);
  assert.deepEqual(found.map((change) => change.key),
    [...Array.from({ length: 2000 }, (_, i) => `/t/once/${i}`), '/t/once/end']);
});

test('many writes share one call, which ends when it rests', async () => {
  const calls = [];
  const pipeline = new Pipeline(() => {
    const call = new FakeCall();
    calls.push(call);
    return call;
  }, () => 1, 5000);
  await Promise.all(Array.from({ length: 2500 }, () => pipeline.write({ put: { key: '/a' } })));
  assert.equal(calls.length, 1);
  assert.ok(calls[0].messages < 10, `${calls[0].messages} messages`);
  await new Promise((done) => calls[0].on('finish', done));
  const again = pipeline.write({ put: { key: '/a' } });
  await again;
  assert.equal(calls.length, 2);
  pipeline.close();
  await assert.rejects(pipeline.write({ put: { key: '/a' } }), reason('CLOSED'));
});

for (const code of [14, 13]) {
  test(`what was written while the connection broke, with status ${code}, is written again`, async () => {
    let calls = 0;
    const pipeline = new Pipeline(() => {
      const call = new FakeCall();
      if (calls++ === 0) {
        call.write = () => true;
        setImmediate(() => call.emit('error', Object.assign(new Error('Received RST_STREAM with code 2: write EPIPE'), { code })));
      }
      return call;
    }, () => 1, 5000);
    await Promise.all(Array.from({ length: 3 }, () => pipeline.write({ put: { key: '/a' } })));
    assert.equal(calls, 2);
    pipeline.close();
  });
}

test('a write to nobody ends', async () => {
  const failing = () => {
    const call = Object.assign(new FakeCall(), { write() {} });
    setImmediate(() => call.emit('error', Object.assign(new Error('refused'), { code: 14 })));
    return call;
  };
  const pipeline = new Pipeline(failing, () => 10, 300);
  await assert.rejects(pipeline.write({ put: { key: '/a' } }), /0.3 s .*may have been done/);
  const waiting = pipeline.write({ put: { key: '/a' } });
  pipeline.close();
  await assert.rejects(waiting, reason('CLOSED'));
});
