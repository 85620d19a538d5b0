// The notifier as a process of its own, against a node.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connect } from '../src/index.js';
import { notification } from '../src/notifier.js';

const skip = process.env.LATTICE_SOCKET ? false
  : 'LATTICE_SOCKET is not set: these tests need a node; the tests of lattice.rpc run them with one';
const program = fileURLToPath(new URL('../bin/notifier.js', import.meta.url));

async function start(directory, config) {
  const path = join(directory, 'config.json');
  await writeFile(path, JSON.stringify(config));
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, LATTICE_CONFIG: path }, stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface(child.stdout), 'line');
  assert.equal(line, 'ready');
  return child;
}

async function stop(child) {
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  assert.equal(code, 0);
}

async function notes(path, count) {
  for (const end = Date.now() + 20_000; ;) {
    const lines = (await readFile(path, 'utf8').catch(() => '')).split('\n').filter(Boolean);
    if (lines.length >= count || Date.now() > end) {
      return lines.map((line) => JSON.parse(line));
    }
    await sleep(20);
  }
}

test('it tells of what its rules name, and goes on after a restart where it was', { skip }, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'lattice-'));
  const store = await connect();
  const file = join(directory, 'notes');
  const config = {
    quietMillis: 0,
    channel: { type: 'file', path: file },
    rules: [{ prefix: '/t/alerts', matches: 'fire', title: '{name} by {service}', urgency: 'critical' }],
  };
  try {
    const first = await start(directory, config);
    await store.put('/t/alerts/kitchen', 'fire!');
    await store.put('/t/alerts/garden', 'all is well');
    await store.put('/t/elsewhere', 'fire!');
    const [note] = await notes(file, 1);
    assert.equal(note.title, `kitchen by ${process.env.LATTICE_SERVICE_ID}`);
    assert.deepEqual([note.text, note.urgency], ['fire!', 'critical']);
    await stop(first);
    await store.put('/t/alerts/roof', 'fire while it was away');
    const second = await start(directory, config);
    await store.put('/t/alerts/cellar', 'fire again');
    assert.deepEqual((await notes(file, 3)).map((one) => one.key), ['/t/alerts/kitchen', '/t/alerts/roof', '/t/alerts/cellar']);
    await stop(second);
  } finally {
    store.close();
    await rm(directory, { recursive: true });
  }
});

test('of a burst it tells the first and the last, and it does not follow itself', { skip }, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'lattice-'));
  const store = await connect();
  const file = join(directory, 'notes');
  const own = `/state/${process.env.LATTICE_SERVICE_ID}`;
  const config = { quietMillis: 300, channel: { type: 'file', path: file }, rules: [{ prefix: own, title: '{key}' }] };
  let notifier;
  try {
    const before = (await store.history(`${own}/seen/0`, 100)).length;
    notifier = await start(directory, config);
    for (const text of ['OK', 'WARNING', 'CRITICAL']) {
      await store.put(`${own}/alert`, text);
    }
    assert.deepEqual((await notes(file, 2)).map((one) => one.text), ['OK', 'CRITICAL']);
    await sleep(500);
    const seen = await store.history(`${own}/seen/0`, 100);
    assert.ok(seen.length <= before + 5, `it kept ${seen.length - before} times what it had seen`);
    await stop(notifier);
  } finally {
    notifier?.kill('SIGKILL');
    store.close();
    await rm(directory, { recursive: true });
  }
});

test('what it shows is text', () => {
  const note = notification({ title: '{key}', urgency: 'low', deletions: false },
    { key: '/a', value: Buffer.from('bell \u0007 and \u001b[31m'), service: null, version: { millis: 0 } });
  assert.equal(note.text, 'bell   and  [31m');
  assert.equal(notification({ title: '{key}', deletions: false }, { key: '/a', value: null, version: { millis: 0 } }), null);
});
