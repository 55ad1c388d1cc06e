//! kanal: bounded channels of threads. It has no select, so it has no rows of select.

use channel_peers::{measure, without_select, Receives, Sends};
use kanal::{bounded, Receiver, Sender};

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

fn main() {
    measure(|given| without_select(given, |capacity| {
        let (to, from) = bounded(capacity);
        (To(to), From(from))
    }));
}
