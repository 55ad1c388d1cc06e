//! std::sync::mpsc: its bounded channel, which has one receiver and no select.

use channel_peers::{measure, run_parties, Arguments, Party, PARTIES};
use std::sync::mpsc::sync_channel;

fn to_one(given: &Arguments, senders: u64) -> u64 {
    let (to, from) = sync_channel(given.capacity);
    let n = given.messages;
    let mut parties: Vec<Party> = Vec::new();
    for part in 0..senders {
        let to = to.clone();
        parties.push((0, Box::new(move || {
            for value in (part..n).step_by(senders as usize) {
                to.send(value).unwrap();
            }
            0
        })));
    }
    parties.push((1, Box::new(move || (0..n).map(|_| from.recv().unwrap()).sum())));
    run_parties(given, parties)
}

fn run(given: &Arguments) -> Option<u64> {
    let n = given.messages;
    Some(match given.workload.as_str() {
        "seq" => {
            let (to, from) = sync_channel(given.capacity);
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
        "spsc" => to_one(given, 1),
        "mpsc" => to_one(given, PARTIES),
        "pingpong" => {
            let (to_there, there) = sync_channel(given.capacity);
            let (to_back, back) = sync_channel(given.capacity);
            run_parties(given, vec![
                (0, Box::new(move || (0..n).map(|value| { to_there.send(value).unwrap(); back.recv().unwrap() }).sum())),
                (1, Box::new(move || { (0..n).for_each(|_| to_back.send(there.recv().unwrap()).unwrap()); 0 })),
            ])
        }
        _ => return None,
    })
}

fn main() {
    measure(run);
}
