//! Functions whose body cannot run behind the call.

use cache_core::cached;

#[cached(key = "{n}", ttl = "5m", skip(log), stale_while_revalidate = "1m")]
fn borrows_exclusively(n: u64, log: &mut Vec<u64>) -> u64 {
    log.push(n);
    n
}

struct Counter(u64);

trait Count {
    fn count(&self, n: u64) -> u64;
}

#[cached]
impl Count for Counter {
    #[cached(key = "{n}", skip(self), ttl = "5m", refresh_ahead = 0.5)]
    fn count(&self, n: u64) -> u64 {
        n + self.0
    }
}

fn main() {}
