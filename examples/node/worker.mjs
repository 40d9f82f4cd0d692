// A fanbench worker in JavaScript: Promise.all over HTTP requests, with Node's standard
// library only. It speaks both versions of the protocol (docs/protocol.md): one batch at a
// time, and phases of load.
//
//     node worker.mjs [all|detached]
import { openSync, readSync, writeSync, closeSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import http from "node:http";
import { setTimeout as wait } from "node:timers/promises";

const escape = (s) => String(s).replace(/[\\\t\n\r]/g, (c) => ({ "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" })[c]);
const unescape = (s) => s.replace(/\\([\\tnr])/g, (_, c) => ({ "\\": "\\", t: "\t", n: "\n", r: "\r" })[c]);
const say = (verb, fields) => writeSync(1, [verb, ...Object.entries(fields).map(([k, v]) => `${k}=${escape(v)}`)].join("\t") + "\n");
const sleep = (ms) => wait(ms);

const strategies = {
  // Every request at once; the first error is the promise's, and the others go on.
  all: (tasks) => Promise.all(tasks.map((start) => start())),
  // Promises that nobody awaits, and a pause in the hope that they are kept by then.
  detached: (tasks) => {
    for (const start of tasks) start().catch(() => {});
    return sleep(100);
  },
};

const agent = new http.Agent({ keepAlive: true });
const sockets = new WeakSet();
let connections = 0;

// fetch resolves to what the answer says, when its body has been read.
function fetch(url, timeout) {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { agent, timeout }, (answer) => {
      let bytes = 0;
      answer.on("data", (chunk) => (bytes += chunk.length));
      answer.on("error", reject);
      answer.on("end", () => resolve({ status: answer.statusCode, bytes, timing: answer.headers["server-timing"] ?? "" }));
    });
    request.on("socket", (s) => {
      if (!sockets.has(s)) connections++;
      sockets.add(s);
    });
    request.on("timeout", () => request.destroy(Object.assign(new Error("timeout"), { timeout: true })));
    request.on("error", reject);
  });
}

const milliseconds = (timing, metric) => BigInt(Math.round(Number(timing.match(`${metric};dur=([0-9.]+)`)?.[1] ?? 0) * 1e6));

const [OK, FAILED, TIMEOUT, UNFINISHED] = [1, 2, 3, 7];
const RECORD = 64; // bytes

async function trial(job, order) {
  const urls = job.urls ? readFileSync(job.urls, "utf8").trimEnd().split("\n") : [job.url];
  const file = openSync(order.records, "r+");
  const faults = [];
  let begun = 0;
  let ended = 0;
  let over = false; // the trial has been reported: records must not change any more
  let began;
  const now = () => process.hrtime.bigint() - began;

  async function run(i, ready = 0n) {
    const record = new DataView(new ArrayBuffer(RECORD));
    const put = () => over || writeSync(file, new Uint8Array(record.buffer), 0, RECORD, RECORD * i);
    record.setBigInt64(0, ready, true);
    record.setBigInt64(8, now(), true);
    record.setUint32(48, 1, true);
    put();
    begun++;
    let failure;
    try {
      const url = urls[urls.length > 1 ? i : 0].replaceAll("{round}", order.round).replaceAll("{task}", i);
      const answer = await fetch(url, Number(job.timeout_ns) / 1e6);
      record.setBigInt64(24, BigInt(answer.bytes), true);
      record.setBigInt64(32, milliseconds(answer.timing, "queue"), true);
      record.setBigInt64(40, milliseconds(answer.timing, "service"), true);
      record.setUint32(56, answer.status, true);
      if (answer.status >= 400) failure = new Error(`HTTP ${answer.status}`);
    } catch (e) {
      failure = e;
    }
    record.setBigInt64(16, now(), true);
    record.setUint32(52, failure ? (failure.timeout ? TIMEOUT : FAILED) : OK, true);
    if (failure) {
      if (!faults.includes(failure.message)) faults.push(failure.message);
      record.setUint32(60, faults.indexOf(failure.message) + 1, true);
    }
    put();
    ended++;
    if (failure) throw new Error(`task ${i}: ${failure.message}`);
  }

  // batch runs the strategy on tasks from..from+n-1 and returns its error, "" if none.
  async function batch(from, n, ready) {
    try {
      await job.run(Array.from({ length: n }, (_, i) => () => run(from + i, ready)));
      return "";
    } catch (e) {
      return e.message;
    }
  }

  // phase starts every batch when it is to arrive, whatever became of earlier ones.
  async function phase() {
    const batches = openSync(order.batches, "r+");
    const planned = readFileSync(batches);
    const all = [];
    let first = 0;
    for (let at = 0; at < planned.length; at += RECORD) {
      const record = new DataView(planned.buffer, planned.byteOffset + at, RECORD);
      const put = () => writeSync(batches, new Uint8Array(planned.buffer, planned.byteOffset + at, RECORD), 0, RECORD, at);
      const [ready, n, from] = [record.getBigInt64(0, true), Number(record.getBigInt64(24, true)), first];
      first += n;
      await until(ready);
      record.setUint32(48, 1, true);
      record.setBigInt64(8, now(), true);
      const one = { done: false, put, record, from, n };
      one.over = batch(from, n, ready).then((error) => {
        if (over) return;
        one.done = true;
        record.setBigInt64(16, now(), true);
        if (error && !faults.includes(error)) faults.push(error);
        record.setUint32(60, faults.indexOf(error) + 1, true);
        record.setUint32(52, error ? FAILED : OK, true);
        put();
      });
      all.push(one);
    }
    const drained = new AbortController();
    await Promise.race([Promise.all(all.map((one) => one.over)), wait(Number(order.drain_ns) / 1e6, undefined, { signal: drained.signal }).catch(() => {})]);
    drained.abort();
    over = true;
    for (const { done, put, record, from, n } of all) {
      if (done) continue;
      record.setBigInt64(16, now(), true);
      record.setUint32(52, UNFINISHED, true);
      put();
      for (let i = from; i < from + n; i++) unfinished(i);
    }
    closeSync(batches);
  }

  // unfinished marks a task that is not done.
  function unfinished(i) {
    const record = new DataView(new ArrayBuffer(RECORD));
    readSync(file, new Uint8Array(record.buffer), 0, RECORD, RECORD * i);
    if (record.getUint32(52, true) !== 0) return;
    record.setUint32(52, UNFINISHED, true);
    writeSync(file, new Uint8Array(record.buffer), 0, RECORD, RECORD * i);
  }

  // until returns at a time of the phase. Timers have milliseconds, so the last two are spent
  // in turns of the event loop.
  async function until(ns) {
    const left = Number(ns - now()) / 1e6;
    if (left > 3) await sleep(left - 2);
    while (now() < ns) await new Promise((turn) => setImmediate(turn));
  }

  connections = 0;
  const cpu = process.cpuUsage();
  began = process.hrtime.bigint();
  const error = order.batches ? ((await phase()) ?? "") : await batch(0, Number(job.tasks), 0n);
  const returned = now();
  const used = process.cpuUsage(cpu);
  const deadline = now() + BigInt(job.timeout_ns);
  while (ended < begun && now() < deadline) await sleep(1); // what was left running disturbs no later trial
  over = true;
  closeSync(file);
  for (const text of faults) say("fault", { text });
  say("done", {
    returned_ns: returned, error, connections,
    cpu_ns: (used.user + used.system) * 1000,
    peak_rss_bytes: process.resourceUsage().maxRSS * 1024,
  });
}

let job;
for await (const line of createInterface({ input: process.stdin })) {
  const [verb, ...words] = line.split("\t");
  const fields = Object.fromEntries(words.map((w) => [w.slice(0, w.indexOf("=")), unescape(w.slice(w.indexOf("=") + 1))]));
  if (verb === "open") {
    job = { ...fields, run: strategies[process.argv[2] ?? "all"] };
    let error = "";
    if (!["1", "2"].includes(fields.protocol)) error = "this worker speaks versions 1 and 2 of the protocol";
    else if (!fields.url && !fields.urls) error = "this worker fetches URLs only";
    else if (!job.run) error = `${process.argv[2]} is none of ${Object.keys(strategies).join(", ")}`;
    if (error) {
      say("refused", { error });
      break;
    }
    say("ready", { protocol: fields.protocol });
  } else if (verb === "trial") {
    await trial(job, fields);
  } else {
    break;
  }
}
agent.destroy();
process.stdin.destroy();
