//! Faults of values that change: what was to make them stale is not sent, or too early, or for something else.

use std::sync::Mutex;

use cache_core::{cache_put, cached, invalidates};

/// A table whose rows the scenarios change.
macro_rules! table {
    ($table:ident) => {
        static $table: Mutex<[u64; 3]> = Mutex::new([0; 3]);
    };
}

pub(super) fn no_invalidation() {
    table!(ROWS);
    #[cached(key = "planted:none:{id}", tags("planted:none"))]
    fn row(id: usize) -> u64 {
        ROWS.lock().unwrap()[id]
    }
    row(1);
    ROWS.lock().unwrap()[1] = 5;
    row(1);
}

pub(super) fn mistyped_tag() {
    table!(ROWS);
    #[cached(key = "planted:typo:{id}", tags("planted:rows"))]
    fn row(id: usize) -> u64 {
        ROWS.lock().unwrap()[id]
    }
    #[invalidates(tags("planted:row"))]
    fn save(id: usize) -> Result<(), String> {
        ROWS.lock().unwrap()[id] = 5;
        Ok(())
    }
    row(1);
    save(1).unwrap();
    row(1);
}

pub(super) fn other_tag() {
    table!(ROWS);
    #[cached(key = "planted:other:{id}", tags("planted:other:{id}"))]
    fn row(id: usize) -> u64 {
        ROWS.lock().unwrap()[id]
    }
    #[invalidates(tags("planted:other:{from}"))]
    fn swap(from: usize, to: usize) -> Result<(), String> {
        let mut rows = ROWS.lock().unwrap();
        rows[from] += 1;
        rows[to] += 1;
        Ok(())
    }
    (row(1), row(2));
    swap(1, 2).unwrap();
    (row(1), row(2));
}

pub(super) fn other_key() {
    table!(ROWS);
    #[cached(key = "planted:key:{id}")]
    fn row(id: usize) -> u64 {
        ROWS.lock().unwrap()[id]
    }
    #[invalidates(keys("planted:keys:{id}"))]
    fn save(id: usize) -> Result<(), String> {
        ROWS.lock().unwrap()[id] = 5;
        Ok(())
    }
    row(1);
    save(1).unwrap();
    row(1);
}

pub(super) fn too_early() {
    table!(ROWS);
    #[cached(key = "planted:early:{id}", tags("planted:early"))]
    fn row(id: usize) -> u64 {
        ROWS.lock().unwrap()[id]
    }
    #[invalidates(tags("planted:early"))]
    fn announce() -> Result<(), String> {
        Ok(())
    }
    row(1);
    announce().unwrap();
    row(1); // somebody reads in between
    ROWS.lock().unwrap()[1] = 5;
    row(1);
}

pub(super) fn one_of_two_ways() {
    table!(ROWS);
    #[cached(key = "planted:ways:{id}", tags("planted:ways"))]
    fn row(id: usize) -> u64 {
        ROWS.lock().unwrap()[id]
    }
    #[invalidates(tags("planted:ways"))]
    fn save(id: usize, to: u64) -> Result<(), String> {
        ROWS.lock().unwrap()[id] = to;
        Ok(())
    }
    fn import(id: usize, to: u64) {
        ROWS.lock().unwrap()[id] = to;
    }
    save(1, 5).unwrap();
    row(1);
    import(1, 6);
    row(1);
}

pub(super) fn lagging_replica() {
    table!(PRIMARY);
    table!(REPLICA);
    #[cached(key = "planted:replica:{id}", tags("planted:replica"))]
    fn row(id: usize) -> u64 {
        REPLICA.lock().unwrap()[id]
    }
    #[invalidates(tags("planted:replica"))]
    fn save(id: usize) -> Result<(), String> {
        PRIMARY.lock().unwrap()[id] = 5;
        Ok(())
    }
    save(1).unwrap();
    row(1); // the replica has not heard of it yet
    *REPLICA.lock().unwrap() = *PRIMARY.lock().unwrap();
    row(1);
}

pub(super) fn put_differently() {
    #[cached(key = "planted:put:{id}")]
    fn name(id: u64) -> String {
        format!("name {id}")
    }
    #[cache_put(key = "planted:of:{id}")]
    fn rename(id: u64) -> String {
        format!("Name {id}")
    }
    #[cached(key = "planted:greeting:{id}")]
    fn greeting(id: u64) -> String {
        let put = cache_core::cache()
            .blocking()
            .get::<String>(format!("planted:of:{id}"));
        put.unwrap().unwrap_or_else(|| name(id))
    }
    greeting(1);
    rename(1);
    greeting(1);
}

pub(super) fn untagged_outer() {
    table!(ROWS);
    fn read(id: usize) -> u64 {
        ROWS.lock().unwrap()[id]
    }
    #[cached(key = "planted:inner:{id}", tags("planted:inner"), condition = id != 1)]
    fn row(id: usize) -> u64 {
        read(id)
    }
    #[cached(key = "planted:outer:{id}")]
    fn outer(id: usize) -> u64 {
        row(id) * 10
    }
    #[invalidates(tags("planted:inner"))]
    fn save(id: usize) -> Result<(), String> {
        ROWS.lock().unwrap()[id] = 5;
        Ok(())
    }
    outer(1);
    save(1).unwrap();
    outer(1);
}
