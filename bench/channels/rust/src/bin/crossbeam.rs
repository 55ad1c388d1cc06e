//! crossbeam-channel: bounded channels and its select! macro, which takes sends and receives.

use channel_peers::{measure, run_parties, share, Arguments, Party, PARTIES};
use crossbeam_channel::{bounded, select, Receiver, Sender};

fn send_share<'a>(to: &'a Sender<u64>, messages: u64, part: u64, parts: u64) -> Party<'a> {
    (0, Box::new(move || {
        for value in (part..messages).step_by(parts as usize) {
            to.send(value).unwrap();
        }
        0
    }))
}
fn receive<'a>(from: &'a Receiver<u64>, count: u64) -> Party<'a> {
    (1, Box::new(move || (0..count).map(|_| from.recv().unwrap()).sum()))
}

fn many_to_many(given: &Arguments, senders: u64, receivers: u64) -> u64 {
    let (to, from) = bounded(given.capacity);
    let mut parties = Vec::new();
    for part in 0..senders {
        parties.push(send_share(&to, given.messages, part, senders));
    }
    for part in 0..receivers {
        parties.push(receive(&from, share(given.messages, part, receivers)));
    }
    run_parties(given, parties)
}

fn selecting(given: &Arguments, both: bool) -> u64 {
    let channels: Vec<_> = (0..PARTIES).map(|_| bounded::<u64>(given.capacity)).collect();
    let to: Vec<&Sender<u64>> = channels.iter().map(|each| &each.0).collect();
    let from: Vec<&Receiver<u64>> = channels.iter().map(|each| &each.1).collect();
    let (to, from) = (&to, &from);
    let messages = given.messages;
    let mut parties: Vec<Party> = Vec::new();
    for part in 0..PARTIES {
        if !both {
            parties.push(send_share(to[part as usize], messages, part, PARTIES));
            continue;
        }
        parties.push((0, Box::new(move || {
            for value in (part..messages).step_by(PARTIES as usize) {
                select! {
                    send(to[0], value) -> sent => sent.unwrap(),
                    send(to[1], value) -> sent => sent.unwrap(),
                    send(to[2], value) -> sent => sent.unwrap(),
                    send(to[3], value) -> sent => sent.unwrap(),
                }
            }
            0
        })));
    }
    let receivers = if both { PARTIES } else { 1 };
    for part in 0..receivers {
        parties.push((1, Box::new(move || {
            let mut sum = 0;
            for _ in 0..share(messages, part, receivers) {
                sum += select! {
                    recv(from[0]) -> value => value.unwrap(),
                    recv(from[1]) -> value => value.unwrap(),
                    recv(from[2]) -> value => value.unwrap(),
                    recv(from[3]) -> value => value.unwrap(),
                };
            }
            sum
        })));
    }
    run_parties(given, parties)
}

fn run(given: &Arguments) -> Option<u64> {
    let n = given.messages;
    Some(match given.workload.as_str() {
        "seq" => {
            let (to, from) = bounded(given.capacity);
            let mut sum = 0;
            for begin in (0..n).step_by(given.capacity) {
                let end = n.min(begin + given.capacity as u64);
                for value in begin..end {
                    to.send(value).unwrap();
                }
                for _ in begin..end {
                    sum += from.recv().unwrap();
                }
            }
            sum
        }
        "spsc" => many_to_many(given, 1, 1),
        "mpsc" => many_to_many(given, PARTIES, 1),
        "mpmc" => many_to_many(given, PARTIES, PARTIES),
        "pingpong" => {
            let there = bounded(given.capacity);
            let back = bounded(given.capacity);
            let (there, back) = (&there, &back);
            run_parties(given, vec![
                (0, Box::new(move || (0..n).map(|value| { there.0.send(value).unwrap(); back.1.recv().unwrap() }).sum())),
                (1, Box::new(move || { (0..n).for_each(|_| back.0.send(there.1.recv().unwrap()).unwrap()); 0 })),
            ])
        }
        "select_rx" => selecting(given, false),
        "select_both" => selecting(given, true),
        _ => return None,
    })
}

fn main() {
    measure(run);
}
