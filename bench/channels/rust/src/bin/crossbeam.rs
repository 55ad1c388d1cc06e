//! crossbeam-channel: bounded channels and its select! macro, which takes sends and receives.

use channel_peers::{measure, run_parties, send_share, share, without_select, Arguments, Party, Receives, Sends, PARTIES};
use crossbeam_channel::{bounded, select, Receiver, Sender};

struct To(Sender<u64>);
struct From(Receiver<u64>);
impl Sends for To {
    fn send(&self, value: u64) {
        self.0.send(value).unwrap()
    }
}
impl Receives for From {
    fn receive(&self) -> u64 {
        self.0.recv().unwrap()
    }
}
fn make(capacity: usize) -> (To, From) {
    let (to, from) = bounded(capacity);
    (To(to), From(from))
}

fn selecting(given: &Arguments, both: bool) -> u64 {
    let channels: Vec<_> = (0..PARTIES).map(|_| make(given.capacity)).collect();
    let to: Vec<&Sender<u64>> = channels.iter().map(|each| &each.0 .0).collect();
    let from: Vec<&Receiver<u64>> = channels.iter().map(|each| &each.1 .0).collect();
    let (to, from) = (&to, &from);
    let messages = given.messages;
    let mut parties: Vec<Party> = Vec::new();
    for part in 0..PARTIES {
        if !both {
            parties.push(send_share(&channels[part as usize].0, messages, part, PARTIES));
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
    match given.workload.as_str() {
        "select_rx" => Some(selecting(given, false)),
        "select_both" => Some(selecting(given, true)),
        _ => without_select(given, make),
    }
}

fn main() {
    measure(run);
}
