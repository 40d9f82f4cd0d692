//! Strategies of two Rust libraries: fanbench-rust-pools rayon|tokio.

use fanbench::{parameter, parse_head, serve, Batch, Fault, Head, Outcome};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

type Strategy = Box<dyn Fn(&Arc<Batch>) -> Result<(), String>>;

fn main() {
    let which = std::env::args().nth(1).unwrap_or_default();
    serve(|strategy| -> Result<Strategy, String> {
        let workers = parameter(strategy, "workers").unwrap_or(8);
        match which.as_str() {
            "rayon" => rayon_pool(workers),
            "tokio" => tokio_tasks(),
            _ => Err(format!("{which:?} is neither rayon nor tokio")),
        }
    });
}

/// A pool of threads that steal from one another; each task blocks one. It is made for
/// work on the CPU: as wide as it has threads.
fn rayon_pool(workers: usize) -> Result<Strategy, String> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(workers).build().map_err(|e| e.to_string())?;
    Ok(Box::new(move |b| {
        let first = Mutex::new(Ok(()));
        pool.scope(|s| {
            for i in 0..b.tasks {
                let first = &first;
                s.spawn(move |_| {
                    if let Err(e) = b.run(i) {
                        let mut first = first.lock().unwrap();
                        if first.is_ok() {
                            *first = Err(e);
                        }
                    }
                });
            }
        });
        first.into_inner().unwrap()
    }))
}

type Idle = Arc<Mutex<HashMap<String, Vec<BufReader<TcpStream>>>>>;

/// A future for every task, on a thread a core.
fn tokio_tasks() -> Result<Strategy, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| e.to_string())?;
    let idle = Idle::default();
    Ok(Box::new(move |b| {
        runtime.block_on(async {
            let one = |i| {
                let (b, idle) = (b.clone(), idle.clone());
                tokio::spawn(async move {
                    let task = b.begin(i);
                    let late = Err(Fault(Outcome::Timeout, "timeout".into()));
                    let result = timeout(b.timeout, fetch(&b, i, &idle)).await.unwrap_or(late);
                    task.end(result)
                })
            };
            let tasks: Vec<_> = (0..b.tasks).map(one).collect();
            let mut first = Ok(());
            for t in tasks {
                first = first.and(t.await.unwrap_or_else(|e| Err(e.to_string())));
            }
            first
        })
    }))
}

async fn fetch(b: &Batch, i: usize, idle: &Idle) -> Result<(Head, usize), Fault> {
    let (host, request) = b.request(i);
    let kept = idle.lock().unwrap().entry(host.clone()).or_default().pop();
    let mut stream = match kept {
        Some(s) => s,
        None => {
            b.dialled();
            let s = TcpStream::connect(&host).await?;
            s.set_nodelay(true)?;
            BufReader::new(s)
        }
    };
    stream.write_all(request.as_bytes()).await?;
    let mut text = String::new();
    while !text.ends_with("\r\n\r\n") {
        if stream.read_line(&mut text).await? == 0 {
            return Err(Fault(Outcome::Failed, "unexpected EOF".into()));
        }
    }
    let head = parse_head(&text);
    let mut body = vec![0; head.length.unwrap_or(0)];
    stream.read_exact(&mut body).await?;
    if head.length.is_some() {
        idle.lock().unwrap().entry(host).or_default().push(stream);
    }
    Ok((head, body.len()))
}
