//! Strategies of Rust's standard library: fanbench-rust threads|panicking|detached|pool.

use fanbench::{parameter, serve, Batch};
use std::sync::{mpsc, Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

type Strategy = Box<dyn Fn(&Arc<Batch>) -> Result<(), String>>;

fn main() {
    let which = std::env::args().nth(1).unwrap_or_default();
    serve(|strategy| -> Result<Strategy, String> {
        let workers = parameter(strategy, "workers").unwrap_or(8);
        match which.as_str() {
            "threads" => Ok(Box::new(|b| join(spawn(b, |b, i| b.run(i))))),
            "panicking" => Ok(Box::new(|b| join(spawn(b, panic_in_the_middle)))),
            "detached" => Ok(Box::new(detached)),
            "pool" => Ok(Box::new(move |b| pool(b, workers))),
            _ => Err(format!("{which:?} is none of threads, panicking, detached, pool")),
        }
    });
}

type Handles = Vec<JoinHandle<Result<(), String>>>;

/// A thread for every task.
fn spawn(b: &Arc<Batch>, task: fn(&Batch, usize) -> Result<(), String>) -> Handles {
    let one = |i| {
        let b = b.clone();
        thread::spawn(move || task(&b, i))
    };
    (0..b.tasks).map(one).collect()
}

/// Waits for every thread. A thread that panicked is an error of its join, and the
/// others do not notice.
fn join(threads: Handles) -> Result<(), String> {
    let mut first = Ok(());
    for (i, t) in threads.into_iter().enumerate() {
        let result = t.join().unwrap_or_else(|_| Err(format!("task {i}: the thread panicked")));
        first = first.and(result);
    }
    first
}

fn panic_in_the_middle(b: &Batch, i: usize) -> Result<(), String> {
    if i == b.tasks / 2 {
        let _task = b.begin(i);
        panic!("task {i} panics");
    }
    b.run(i)
}

/// Threads whose handles are dropped: nobody waits for them, and what they have not done
/// when main returns is lost. Here the wait is 100 ms, in the hope that it suffices.
fn detached(b: &Arc<Batch>) -> Result<(), String> {
    drop(spawn(b, |b, i| b.run(i)));
    thread::sleep(Duration::from_millis(100));
    Ok(())
}

/// Workers that share the receiving end of a channel behind a mutex.
fn pool(b: &Arc<Batch>, workers: usize) -> Result<(), String> {
    let (sender, receiver) = mpsc::channel::<usize>();
    let receiver = Arc::new(Mutex::new(receiver));
    let worker = |_| {
        let (b, receiver) = (b.clone(), receiver.clone());
        thread::spawn(move || {
            let mut first = Ok(());
            loop {
                let next = receiver.lock().unwrap().recv(); // unlocked before the task is done
                match next {
                    Ok(i) => first = first.and(b.run(i)),
                    Err(_) => return first, // the channel is closed and empty
                }
            }
        })
    };
    let threads: Handles = (0..workers.min(b.tasks)).map(worker).collect();
    for i in 0..b.tasks {
        sender.send(i).map_err(|e| e.to_string())?;
    }
    drop(sender);
    join(threads)
}
