//! The workloads of workload.hpp for Rust's channels: the same arguments, the same output, the same checks.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

pub const PARTIES: u64 = 4;

pub struct Arguments {
    pub workload: String,
    pub capacity: usize,
    pub messages: u64,
    pub apart: bool,
}

fn arguments() -> Arguments {
    let given: Vec<String> = std::env::args().collect();
    if given.len() != 5 {
        eprintln!("usage: {} WORKLOAD CAPACITY MESSAGES apart|free", given[0]);
        std::process::exit(2);
    }
    let number = |text: &String| text.parse().expect("a number");
    Arguments {
        workload: given[1].clone(),
        capacity: number(&given[2]) as usize,
        messages: number(&given[3]),
        apart: given[4] == "apart",
    }
}

// Of the C library, which std is linked with: no package is needed for two functions.
#[repr(C)]
struct Usage {
    user: [i64; 2],
    system: [i64; 2],
    rest: [i64; 14],
}
extern "C" {
    fn sched_setaffinity(process: i32, size: usize, mask: *const u64) -> i32;
    fn getrusage(who: i32, usage: *mut Usage) -> i32;
}

fn pin(wanted: bool, processor: u32) {
    if wanted {
        let mask = [1u64 << processor];
        unsafe { sched_setaffinity(0, 8, mask.as_ptr()) };
    }
}

fn processor_seconds() -> f64 {
    let mut used = Usage { user: [0; 2], system: [0; 2], rest: [0; 14] };
    unsafe { getrusage(0, &mut used) };
    (used.user[0] + used.system[0]) as f64 + 1e-6 * (used.user[1] + used.system[1]) as f64
}

pub fn share(messages: u64, part: u64, parts: u64) -> u64 {
    (messages - part + parts - 1) / parts
}

/// A sender or a receiver: its thread, what it does.
pub type Party<'a> = (u32, Box<dyn FnOnce() -> u64 + Send + 'a>);

/// Runs each party in a thread of its own, senders on processor 0 and receivers on 1 if they are apart; the sum of what they return.
pub fn run_parties(given: &Arguments, parties: Vec<Party>) -> u64 {
    let sum = AtomicU64::new(0);
    std::thread::scope(|threads| {
        for (processor, body) in parties {
            let sum = &sum;
            threads.spawn(move || {
                pin(given.apart, processor);
                sum.fetch_add(body(), Ordering::Relaxed);
            });
        }
    });
    sum.into_inner()
}

/// The two ends of a channel, which threads share.
pub trait Sends: Sync {
    fn send(&self, value: u64);
}
pub trait Receives: Sync {
    fn receive(&self) -> u64;
}

pub fn send_share<'a>(to: &'a impl Sends, messages: u64, part: u64, parts: u64) -> Party<'a> {
    (0, Box::new(move || {
        for value in (part..messages).step_by(parts as usize) {
            to.send(value);
        }
        0
    }))
}
fn receive<'a>(from: &'a impl Receives, count: u64) -> Party<'a> {
    (1, Box::new(move || (0..count).map(|_| from.receive()).sum()))
}

fn many_to_many(given: &Arguments, (to, from): (impl Sends, impl Receives), senders: u64, receivers: u64) -> u64 {
    let mut parties = Vec::new();
    for part in 0..senders {
        parties.push(send_share(&to, given.messages, part, senders));
    }
    for part in 0..receivers {
        parties.push(receive(&from, share(given.messages, part, receivers)));
    }
    run_parties(given, parties)
}

/// The workloads without select, for a library whose ends threads may share; `make` is given the capacity.
pub fn without_select<S: Sends, R: Receives>(given: &Arguments, make: impl Fn(usize) -> (S, R)) -> Option<u64> {
    let n = given.messages;
    let channel = || make(given.capacity);
    Some(match given.workload.as_str() {
        "seq" => {
            let (to, from) = channel();
            let mut sum = 0;
            for begin in (0..n).step_by(given.capacity) {
                let end = n.min(begin + given.capacity as u64);
                for value in begin..end {
                    to.send(value);
                }
                for _ in begin..end {
                    sum += from.receive();
                }
            }
            sum
        }
        "spsc" => many_to_many(given, channel(), 1, 1),
        "mpsc" => many_to_many(given, channel(), PARTIES, 1),
        "mpmc" => many_to_many(given, channel(), PARTIES, PARTIES),
        "pingpong" => {
            let there = channel();
            let back = channel();
            let (there, back) = (&there, &back);
            run_parties(given, vec![
                (0, Box::new(move || (0..n).map(|value| { there.0.send(value); back.1.receive() }).sum())),
                (1, Box::new(move || { (0..n).for_each(|_| back.0.send(there.1.receive())); 0 })),
            ])
        }
        _ => return None,
    })
}

/// Runs, checks, prints.
pub fn measure(run: impl FnOnce(&Arguments) -> Option<u64>) {
    let given = arguments();
    let before = processor_seconds();
    let begin = Instant::now();
    let sum = match run(&given) {
        Some(sum) => sum,
        None => {
            eprintln!("no such workload here");
            std::process::exit(2);
        }
    };
    let passed = begin.elapsed().as_nanos() as f64;
    let processor = processor_seconds() - before;
    let n = given.messages;
    if sum != n * (n - 1) / 2 {
        eprintln!("wrong sum");
        std::process::exit(1);
    }
    println!("{:.2} {:.6}", passed / n as f64, processor);
}
