//! State of the process is in few files, which are listed here.

use crate::source::{Fault, Source, Token};

/// The files with state of the process, each with what it is.
const KEEPERS: &[(&str, &str)] = &[
    ("cache-core/src/caches.rs", "the installed caches"),
    ("cache-core/src/clock.rs", "the hand that tests turn"),
    (
        "cache-core/src/context.rs",
        "each thread's list of the loads that it is in",
    ),
    (
        "cache-core/src/scope.rs",
        "the scope that each thread is in",
    ),
    (
        "cache-core/src/marks/of_process.rs",
        "the logical clock and when each name was last marked",
    ),
    (
        "cache-core/src/format/codec/coder.rs",
        "what was learned of each type that goes to a store",
    ),
    (
        "cache-core/src/cdn.rs",
        "whether the names of values are noted",
    ),
    ("cache-core/src/events.rs", "who wants to know what happens"),
    (
        "cache-core/src/events/invalidating.rs",
        "what follows an invalidation",
    ),
    (
        "cache-core/src/store/runtime.rs",
        "the thread that drives the stores",
    ),
    ("cache-core/src/site.rs", "the list of annotated functions"),
    (
        "cache-core/src/clock/stopped.rs",
        "clocks that tests have stopped",
    ),
    (
        "cache-core/src/clock/published.rs",
        "the time that hits on copies read",
    ),
    (
        "cache-core/src/hot/usage.rs",
        "what each thread knows of the use of copies, and what threads that have ended knew",
    ),
    (
        "cache-core/src/hot/table.rs",
        "the room that is left for copies",
    ),
    (
        "cache-core/src/axum/export/place.rs",
        "the number of the next file that is written",
    ),
    (
        "cache-core/src/http/warm.rs",
        "the pages that are rendered again after an invalidation",
    ),
    (
        "cache-core/src/http/warm/queue.rs",
        "those of them that wait for their turn",
    ),
    (
        "cache-core/src/http/key/fields.rs",
        "the memory of the last keys of each thread",
    ),
    (
        "cache-core/src/tower/page/layer.rs",
        "how many layers each file has made",
    ),
    ("cache-core/src/timer.rs", "who waits for a moment"),
    ("cache-core/src/rule.rs", "which rule a test goes without"),
    (
        "cache-core/src/spawn/simulated.rs",
        "what a step of a simulation has spawned",
    ),
    (
        "cache-core/src/spawn.rs",
        "the work that goes on behind calls, and its threads",
    ),
    (
        "cache-core/src/context/request.rs",
        "the request that each thread works for, where it is monitored",
    ),
    (
        "cache-core/src/invalidation/changing.rs",
        "how many changes are under way",
    ),
    (
        "cache-core/src/site/layers.rs",
        "the list of layers, and the number of the next site",
    ),
    ("cache-core/src/stats/watched.rs", "whether anybody watches"),
    (
        "cache-core/src/verify.rs",
        "how each thread verifies its hits",
    ),
    ("cache-core/src/watch.rs", "since when somebody watches"),
    ("cache-core/src/why/details.rs", "the texts of refusals"),
    ("cache-core/src/why/log.rs", "the latest invalidations"),
];

/// Words in the types of statics that can change through a shared reference.
const MUTABLE: [&str; 10] = [
    "Cell",
    "RefCell",
    "UnsafeCell",
    "OnceCell",
    "OnceLock",
    "Mutex",
    "Condvar",
    "RwLock",
    "LazyLock",
    "Lazy",
];

pub(crate) fn check(sources: &[Source]) -> Vec<Fault> {
    let others = sources
        .iter()
        .filter(|source| KEEPERS.iter().all(|(path, _)| *path != source.path));
    let faults = others.flat_map(|source| {
        stateful(&source.tokens).map(|token| {
            let name = &token.text;
            let advice = format!(
                "`static {name}` is state of the process: keep it in a cache or a site, or list the file with what it \
                 holds in tests/tidy/statics.rs"
            );
            source.fault(token.line, advice)
        })
    });
    faults.collect()
}

/// The names of the statics with state. The lifetime `'static` does not count.
fn stateful(tokens: &[Token]) -> impl Iterator<Item = &Token> {
    let starts = (0..tokens.len()).filter(|&at| {
        let lifetime = at > 0 && tokens[at - 1].text == "'";
        tokens[at].text == "static" && !lifetime
    });
    starts.filter_map(|at| {
        let (first, rest) = tokens[at + 1..].split_first()?;
        if first.text == "mut" {
            return rest.first();
        }
        let declared = rest.first().is_some_and(|token| token.text == ":");
        let mut kind = rest
            .iter()
            .take_while(|token| !matches!(token.text.as_str(), "=" | ";"));
        (declared && kind.any(|token| is_mutable(&token.text))).then_some(first)
    })
}

fn is_mutable(word: &str) -> bool {
    MUTABLE.contains(&word) || word.starts_with("Atomic")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        check(&[Source::new(path, text)])
            .iter()
            .map(|fault| fault.line)
            .collect()
    }

    #[test]
    fn interior_state_is_a_fault_outside_its_keepers() {
        let text = "static NAME: &'static str = \"x\";\nstatic COUNT: AtomicU64 = AtomicU64::new(0);\n\
                    thread_local! {\n    static SEEN: RefCell<Vec<u8>> = RefCell::default();\n}\nstatic mut X: u8 = 0;\n";
        assert_eq!(lines("cache-core/src/near.rs", text), [2, 4, 6]);
        assert!(lines("cache-core/src/marks/of_process.rs", text).is_empty());
    }

    #[test]
    fn lifetimes_bounds_and_constants_are_none() {
        let text = "fn f<T: Sync + 'static>(t: &'static T) {}\nstatic TABLE: [u8; 2] = [1, 2];\nconst fn g() {}\n";
        assert!(lines("cache-core/src/near.rs", text).is_empty());
    }
}
