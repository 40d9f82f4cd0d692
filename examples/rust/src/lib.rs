//! A fanbench worker in Rust, of the standard library alone: the protocol of
//! docs/protocol.md on stdin and stdout, a record file, and HTTP/1.1 GETs over
//! connections that are used again. Strategies are in src/main.rs and pools/.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// A task's number on the wire says how it ended.
#[derive(Clone, Copy, PartialEq)]
pub enum Outcome {
    Ok = 1,
    Failed = 2,
    Timeout = 3,
    Aborted = 5,
}

/// What a task failed of.
pub struct Fault(pub Outcome, pub String);

impl From<io::Error> for Fault {
    fn from(e: io::Error) -> Fault {
        match e.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Fault(Outcome::Timeout, "timeout".into()),
            _ => Fault(Outcome::Failed, e.to_string()),
        }
    }
}

/// The head of an answer.
#[derive(Default)]
pub struct Head {
    pub status: u32,
    pub length: Option<usize>,
    pub queue: i64,
    pub service: i64,
}

/// Reads the head of an answer, without the blank line at its end.
pub fn parse_head(text: &str) -> Head {
    let mut lines = text.lines();
    let status = lines.next().and_then(|l| l.split(' ').nth(1)).and_then(|s| s.parse().ok());
    let mut head = Head { status: status.unwrap_or(0), ..Head::default() };
    for (name, value) in lines.filter_map(|l| l.split_once(':')) {
        match name.to_ascii_lowercase().as_str() {
            "content-length" => head.length = value.trim().parse().ok(),
            "server-timing" => {
                head.queue = milliseconds(value, "queue;dur=");
                head.service = milliseconds(value, "service;dur=");
            }
            _ => {}
        }
    }
    head
}

fn milliseconds(header: &str, metric: &str) -> i64 {
    let found = header.split(',').find_map(|m| m.trim().strip_prefix(metric));
    (found.and_then(|v| v.parse().ok()).unwrap_or(0.0f64) * 1e6) as i64
}

/// The tasks of one trial.
pub struct Batch {
    pub tasks: usize,
    pub timeout: Duration,
    urls: Vec<String>, // one a task, or one for all with {round} and {task} in it
    round: String,
    records: File,
    start: Instant,
    begun: AtomicUsize,
    ended: AtomicUsize,
    faults: Mutex<Vec<String>>, // their numbers count from 1
    shared: Arc<Shared>,
}

/// What trials share: connections, to be used again.
#[derive(Default)]
struct Shared {
    idle: Mutex<HashMap<String, Vec<TcpStream>>>,
    dialled: AtomicU64,
}

/// A task that has begun. One that is dropped before its end has panicked.
pub struct Task<'a> {
    batch: &'a Batch,
    i: usize,
    begun: i64,
    ended: bool,
}

impl Batch {
    /// The host and the request of task i.
    pub fn request(&self, i: usize) -> (String, String) {
        let url = self.urls[if self.urls.len() == 1 { 0 } else { i }].replace("{round}", &self.round).replace("{task}", &i.to_string());
        let rest = url.strip_prefix("http://").unwrap_or(&url);
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let path = if path.is_empty() { "/" } else { path };
        (host.into(), format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: fanbench-rust\r\n\r\n"))
    }

    /// Marks task i as begun.
    pub fn begin(&self, i: usize) -> Task<'_> {
        let task = Task { batch: self, i, begun: self.now(), ended: false };
        self.begun.fetch_add(1, SeqCst);
        task.write(0, 0, 0, &Head::default(), 0);
        task
    }

    /// Does task i, blocking, and records it.
    pub fn run(&self, i: usize) -> Result<(), String> {
        let task = self.begin(i);
        let result = self.fetch(i);
        task.end(result)
    }

    fn fetch(&self, i: usize) -> Result<(Head, usize), Fault> {
        let (host, request) = self.request(i);
        let idle = self.shared.idle.lock().unwrap().entry(host.clone()).or_default().pop();
        let mut stream = match idle {
            Some(s) => s,
            None => self.dial(&host)?,
        };
        stream.set_read_timeout(Some(self.timeout))?;
        stream.write_all(request.as_bytes())?;
        let mut reader = BufReader::new(&stream);
        let mut text = String::new();
        while !text.ends_with("\r\n\r\n") {
            if reader.read_line(&mut text)? == 0 {
                return Err(Fault(Outcome::Failed, "unexpected EOF".into()));
            }
        }
        let head = parse_head(&text);
        let mut body = vec![0; head.length.unwrap_or(0)];
        reader.read_exact(&mut body)?;
        if head.length.is_some() {
            self.shared.idle.lock().unwrap().entry(host).or_default().push(stream);
        }
        Ok((head, body.len()))
    }

    fn dial(&self, host: &str) -> io::Result<TcpStream> {
        self.dialled();
        let stream = TcpStream::connect(host)?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// Counts a connection that was opened.
    pub fn dialled(&self) {
        self.shared.dialled.fetch_add(1, SeqCst);
    }

    fn now(&self) -> i64 {
        self.start.elapsed().as_nanos() as i64
    }

    fn number(&self, text: &str) -> u32 {
        let mut faults = self.faults.lock().unwrap();
        let at = faults.iter().position(|f| f == text).unwrap_or_else(|| {
            faults.push(text.into());
            faults.len() - 1
        });
        at as u32 + 1
    }

    /// Waits, after the strategy has returned, for tasks that still run or are about to.
    fn settle(&self) {
        let deadline = Instant::now() + self.timeout;
        let mut seen = (0, Instant::now());
        while self.ended.load(SeqCst) < self.tasks && Instant::now() < deadline {
            let (begun, ended) = (self.begun.load(SeqCst), self.ended.load(SeqCst));
            if begun + ended != seen.0 {
                seen = (begun + ended, Instant::now());
            } else if begun == ended && seen.1.elapsed() > Duration::from_millis(50) {
                return;
            }
            thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Task<'_> {
    /// Records how the task ended. An answer of 400 and above is an error.
    pub fn end(mut self, result: Result<(Head, usize), Fault>) -> Result<(), String> {
        self.ended = true;
        let end = self.batch.now();
        let (outcome, head, bytes, text) = match result {
            Ok((head, bytes)) if head.status < 400 => (Outcome::Ok, head, bytes, String::new()),
            Ok((head, bytes)) => (Outcome::Failed, Head { ..head }, bytes, format!("HTTP {}", head.status)),
            Err(Fault(outcome, text)) => (outcome, Head::default(), 0, text),
        };
        let error = if outcome == Outcome::Ok { 0 } else { self.batch.number(&text) };
        self.write(end, outcome as u32, bytes as i64, &head, error);
        self.batch.ended.fetch_add(1, SeqCst);
        if outcome == Outcome::Ok { Ok(()) } else { Err(format!("task {}: {text}", self.i)) }
    }

    /// Writes the record in its place: what is written outlives the process.
    fn write(&self, end: i64, outcome: u32, bytes: i64, head: &Head, error: u32) {
        let mut record = Vec::with_capacity(64);
        for v in [0, self.begun, end, bytes, head.queue, head.service] {
            record.extend(v.to_le_bytes());
        }
        for v in [1, outcome, head.status, error] {
            record.extend(v.to_le_bytes());
        }
        self.batch.records.write_all_at(&record, 64 * self.i as u64).expect("writing a record");
    }
}

impl Drop for Task<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.write(self.batch.now(), Outcome::Aborted as u32, 0, &Head::default(), 0);
            self.batch.ended.fetch_add(1, SeqCst);
        }
    }
}

/// What the coordinator's `open` says of the strategy: name:param=value,param=value.
pub fn parameter(strategy: &str, name: &str) -> Option<usize> {
    let (_, list) = strategy.split_once(':')?;
    list.split(',').filter_map(|p| p.split_once('=')).find(|p| p.0 == name)?.1.parse().ok()
}

type Fields = HashMap<String, String>;

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        out.push(match c {
            '\\' => match chars.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                _ => '\\',
            },
            c => c,
        });
    }
    out
}

fn say(verb: &str, fields: &[(&str, String)]) {
    let mut line = verb.to_string();
    for (key, value) in fields {
        let value = value.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r");
        line += &format!("\t{key}={value}");
    }
    let mut out = io::stdout();
    let _ = writeln!(out, "{line}").and_then(|_| out.flush());
}

/// Serves a coordinator until it says quit. `construct` is given the strategy as the
/// coordinator names it, and makes what runs a batch.
pub fn serve<S: Fn(&Arc<Batch>) -> Result<(), String>>(construct: impl Fn(&str) -> Result<S, String>) {
    let shared = Arc::new(Shared::default());
    let mut opened: Option<(S, Fields)> = None;
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        let mut words = line.split('\t');
        let verb = words.next().unwrap_or("");
        let fields: Fields = words.filter_map(|w| w.split_once('=')).map(|(k, v)| (k.into(), unescape(v))).collect();
        match (verb, &opened) {
            ("open", _) => {
                let made = if fields.get("protocol").map(String::as_str) != Some("1") {
                    Err("this worker speaks version 1 of the protocol".to_string())
                } else if text(&fields, "url").is_empty() && text(&fields, "urls").is_empty() {
                    Err("this worker fetches URLs only".to_string())
                } else {
                    construct(text(&fields, "strategy"))
                };
                match made {
                    Ok(s) => opened = Some((s, fields)),
                    Err(e) => return say("refused", &[("error", e)]),
                }
                say("ready", &[("protocol", "1".into())]);
            }
            ("trial", Some((strategy, job))) => match trial(strategy, job, &fields, &shared) {
                Ok(()) => {}
                Err(e) => panic!("{e}"),
            },
            _ => return,
        }
    }
}

fn text<'a>(fields: &'a Fields, key: &str) -> &'a str {
    fields.get(key).map_or("", String::as_str)
}

fn trial<S: Fn(&Arc<Batch>) -> Result<(), String>>(strategy: &S, job: &Fields, order: &Fields, shared: &Arc<Shared>) -> io::Result<()> {
    let urls = match text(job, "urls") {
        "" => vec![text(job, "url").to_string()],
        list => fs::read_to_string(list)?.lines().map(String::from).collect(),
    };
    let mut batch = Arc::new(Batch {
        tasks: text(job, "tasks").parse().unwrap_or(0),
        timeout: Duration::from_nanos(text(job, "timeout_ns").parse().unwrap_or(0)),
        urls,
        round: text(order, "round").into(),
        records: OpenOptions::new().write(true).open(text(order, "records"))?,
        start: Instant::now(),
        begun: AtomicUsize::new(0),
        ended: AtomicUsize::new(0),
        faults: Mutex::default(),
        shared: shared.clone(),
    });
    let _ = fs::write("/proc/self/clear_refs", "5"); // the peak of memory anew
    shared.dialled.store(0, SeqCst);
    let cpu = cpu_time();
    Arc::get_mut(&mut batch).expect("nobody else has it yet").start = Instant::now();
    let result = strategy(&batch);
    let returned = batch.now();
    let cpu = cpu_time() - cpu;
    batch.settle();
    for fault in batch.faults.lock().unwrap().iter() {
        say("fault", &[("text", fault.clone())]);
    }
    say(
        "done",
        &[
            ("returned_ns", returned.to_string()),
            ("error", result.err().unwrap_or_default()),
            ("cpu_ns", cpu.to_string()),
            ("peak_rss_bytes", (status("VmHWM:") * 1024).to_string()),
            ("threads", status("Threads:").to_string()),
            ("connections", shared.dialled.load(SeqCst).to_string()),
        ],
    );
    Ok(())
}

/// A number of /proc/self/status, 0 if it is not there.
fn status(key: &str) -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|l| l.strip_prefix(key));
    line.and_then(|l| l.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// The CPU time of this process, in nanoseconds.
fn cpu_time() -> i64 {
    extern "C" {
        fn clock_gettime(clock: i32, time: *mut [i64; 2]) -> i32;
    }
    const CLOCK_PROCESS_CPUTIME_ID: i32 = 2; // on Linux
    let mut time = [0i64; 2];
    // Safe: struct timespec is two 64-bit integers on 64-bit Linux.
    unsafe { clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time[0] * 1_000_000_000 + time[1]
}
