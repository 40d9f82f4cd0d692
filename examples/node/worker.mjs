// A fanbench worker in JavaScript: Promise.all over HTTP requests, of Node's standard
// library alone. The protocol is that of docs/protocol.md.
//
//     node worker.mjs [all|detached]
import { openSync, writeSync, closeSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import http from "node:http";

const escape = (s) => String(s).replace(/[\\\t\n\r]/g, (c) => ({ "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" })[c]);
const unescape = (s) => s.replace(/\\([\\tnr])/g, (_, c) => ({ "\\": "\\", t: "\t", n: "\n", r: "\r" })[c]);
const say = (verb, fields) => writeSync(1, [verb, ...Object.entries(fields).map(([k, v]) => `${k}=${escape(v)}`)].join("\t") + "\n");
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

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

const [OK, FAILED, TIMEOUT] = [1, 2, 3];

async function trial(job, order) {
  const urls = job.urls ? readFileSync(job.urls, "utf8").trimEnd().split("\n") : [job.url];
  const file = openSync(order.records, "r+");
  const faults = [];
  let begun = 0;
  let ended = 0;
  let began;
  const now = () => process.hrtime.bigint() - began;

  async function run(i) {
    const record = new DataView(new ArrayBuffer(64));
    const put = () => writeSync(file, new Uint8Array(record.buffer), 0, 64, 64 * i);
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

  const tasks = Array.from({ length: Number(job.tasks) }, (_, i) => () => run(i));
  connections = 0;
  const cpu = process.cpuUsage();
  began = process.hrtime.bigint();
  let error = "";
  try {
    await job.run(tasks);
  } catch (e) {
    error = e.message;
  }
  const returned = now();
  const used = process.cpuUsage(cpu);
  const deadline = now() + BigInt(job.timeout_ns);
  while (ended < begun && now() < deadline) await sleep(1); // what was left running disturbs no later trial
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
    if (fields.protocol !== "1") error = "this worker speaks version 1 of the protocol";
    else if (!fields.url && !fields.urls) error = "this worker fetches URLs only";
    else if (!job.run) error = `${process.argv[2]} is none of ${Object.keys(strategies).join(", ")}`;
    if (error) {
      say("refused", { error });
      break;
    }
    say("ready", { protocol: 1 });
  } else if (verb === "trial") {
    await trial(job, fields);
  } else {
    break;
  }
}
agent.destroy();
process.stdin.destroy();
