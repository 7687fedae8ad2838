//! Twenty faults of caching, each planted in a function: verification finds all of them.

use std::cell::Cell;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Mutex, RwLock};

use cache_core::testing::{scope_blocking, verify_blocking};
use cache_core::{Caches, cached};

mod unsent;

/// A scenario and its name.
type Planted = (&'static str, fn());

#[test]
fn all_of_twenty_planted_faults_are_found() {
    let planted: [Planted; 20] = [
        ("a forgotten part of the key", forgotten_part),
        ("a part of a part", part_of_a_part),
        ("a field of self", field_of_self),
        ("a global", global),
        ("a switch", switch),
        ("a thread local", thread_local),
        ("a lock around the configuration", configuration),
        ("a map that somebody changes", changed_map),
        ("a file", file),
        ("state behind a skipped argument", state_behind_an_argument),
        ("no invalidation", unsent::no_invalidation),
        ("a typing mistake in a tag", unsent::mistyped_tag),
        ("the tag of another value", unsent::other_tag),
        ("the key of another value", unsent::other_key),
        ("an invalidation before the change", unsent::too_early),
        (
            "an invalidation on one of two ways",
            unsent::one_of_two_ways,
        ),
        ("a replica that lags behind", unsent::lagging_replica),
        (
            "a value that a put has made differently",
            unsent::put_differently,
        ),
        (
            "an outer value without the tags of what it reads",
            unsent::untagged_outer,
        ),
        ("a key that means more than its text", key_of_less),
    ];
    let found = std::thread::scope(|scope| {
        let runs = planted.map(|(name, run)| (name, scope.spawn(move || is_found(run))));
        runs.map(|(name, run)| (name, run.join().unwrap()))
    });
    let missed: Vec<_> = found.iter().filter(|(_, found)| !found).collect();
    assert!(missed.is_empty(), "{missed:?}");
}

/// Whether a scenario ends in the report of a wrong hit.
fn is_found(run: fn()) -> bool {
    let run = || scope_blocking(Caches::new(), || verify_blocking(run));
    let ended = catch_unwind(AssertUnwindSafe(run));
    ended.is_err_and(|panic| {
        let report = panic.downcast_ref::<String>();
        report.is_some_and(|report| report.starts_with("stale or under-keyed hit"))
    })
}

fn forgotten_part() {
    #[cached(key = "planted:{id}", skip(language))]
    fn title(id: u64, language: &str) -> String {
        format!("{id} in {language}")
    }
    title(1, "en");
    title(1, "de");
}

fn part_of_a_part() {
    #[derive(Clone)]
    struct User {
        id: u64,
        admin: bool,
    }
    #[cached(key = "planted:menu:{user.id}")]
    fn menu(user: &User) -> String {
        format!("{} {}", user.id, if user.admin { "all" } else { "some" })
    }
    let mut user = User {
        id: 1,
        admin: false,
    };
    menu(&user);
    user.admin = true;
    menu(&user);
}

fn field_of_self() {
    struct Shop {
        tenant: u64,
    }
    impl Shop {
        #[cached(key = "planted:price:{id}", skip(self))]
        fn price(&self, id: u64) -> u64 {
            self.tenant * 100 + id
        }
    }
    Shop { tenant: 1 }.price(7);
    Shop { tenant: 2 }.price(7);
}

fn global() {
    static RATE: AtomicU64 = AtomicU64::new(2);
    #[cached]
    fn price(n: u64) -> u64 {
        n * RATE.load(SeqCst)
    }
    price(1);
    RATE.store(3, SeqCst);
    price(1);
}

fn switch() {
    static NEW_LOOK: AtomicBool = AtomicBool::new(false);
    #[cached]
    fn look() -> &'static str {
        if NEW_LOOK.load(SeqCst) { "new" } else { "old" }
    }
    look();
    NEW_LOOK.store(true, SeqCst);
    look();
}

fn thread_local() {
    thread_local! {
        static USER: Cell<u64> = const { Cell::new(1) };
    }
    #[cached]
    fn greeting() -> u64 {
        USER.get()
    }
    greeting();
    USER.set(2);
    greeting();
}

fn configuration() {
    static CONFIG: RwLock<(u64, &str)> = RwLock::new((1, "a"));
    #[cached(key = "planted:config:{n}")]
    fn configured(n: u64) -> String {
        format!("{n} {:?}", CONFIG.read().unwrap())
    }
    configured(1);
    CONFIG.write().unwrap().1 = "b";
    configured(1);
}

fn changed_map() {
    static NAMES: Mutex<Option<HashMap<u64, String>>> = Mutex::new(None);
    #[cached]
    fn name(id: u64) -> Option<String> {
        NAMES
            .lock()
            .unwrap()
            .get_or_insert_default()
            .get(&id)
            .cloned()
    }
    name(1);
    let mut names = NAMES.lock().unwrap();
    names.get_or_insert_default().insert(1, "one".to_owned());
    drop(names);
    name(1);
}

fn file() {
    let path = std::env::temp_dir().join(format!("cache-planted-{}", std::process::id()));
    #[cached]
    fn read(path: &std::path::Path) -> String {
        std::fs::read_to_string(path).unwrap_or_default()
    }
    std::fs::write(&path, "one").unwrap();
    read(&path);
    std::fs::write(&path, "two").unwrap();
    let read = catch_unwind(|| read(&path));
    std::fs::remove_file(&path).unwrap();
    if let Err(panic) = read {
        std::panic::resume_unwind(panic);
    }
}

fn state_behind_an_argument() {
    #[cached(key = "planted:count:{of}", skip(db))]
    fn count(db: &Mutex<u64>, of: &str) -> u64 {
        let _ = of;
        *db.lock().unwrap()
    }
    let db = Mutex::new(1);
    count(&db, "posts");
    *db.lock().unwrap() = 2;
    count(&db, "posts");
}

fn key_of_less() {
    fn initial(name: &str) -> String {
        name.chars().take(1).collect()
    }
    #[cached(key = "planted:initial:{initial(name)}")]
    fn greeting(name: &str) -> String {
        format!("hello {name}")
    }
    greeting("alice");
    greeting("anna");
}
