//! Fragments over a store that several processes use.

use std::path::PathBuf;
use std::sync::Arc;

use cache_core::testing::scope;
use cache_core::{Cache, Caches, FileStore, MemoryStore, Store};
use minijinja::{Environment, context};

use crate::support::{Runs, within};

/// The caches of two processes that share a store, without near copies.
fn two(store: impl Store + Clone) -> [Cache; 2] {
    [store.clone(), store].map(|store| Cache::builder().near(0).store(store).build())
}

#[tokio::test]
async fn one_process_renders_for_all_until_one_of_them_invalidates() {
    let (runs, [here, there]) = (
        Runs::new(),
        two(Arc::new(MemoryStore::bounded(100, 1 << 20))),
    );
    let show = async |cache: &Cache, n: u64| {
        let fragment = cache.fragment("sidebar").with(n).tags(["posts"]);
        let render = || Ok::<_, String>(format!("{n} run {}", runs.run()));
        fragment.render(render).await.unwrap()
    };
    assert_eq!(show(&here, 1).await, "1 run 1");
    assert_eq!(show(&there, 1).await, "1 run 1");
    assert_eq!(show(&there, 2).await, "2 run 2");
    there
        .fragment("sidebar")
        .with(1_u64)
        .invalidate()
        .await
        .unwrap();
    assert_eq!(show(&here, 1).await, "1 run 3");
    assert_eq!(show(&here, 2).await, "2 run 2");
    there.invalidate_tag("posts").await.unwrap();
    assert_eq!(show(&here, 1).await, "1 run 4");
    assert_eq!(show(&here, 2).await, "2 run 5");
}

/// A folder that is removed on drop.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A template waits on its thread for the store, which another thread drives.
#[tokio::test(flavor = "current_thread")]
async fn a_template_finds_in_a_folder_what_another_process_has_rendered() {
    let name = format!("cache-tests-fragments-{}", std::process::id());
    let folder = Scratch(std::env::temp_dir().join(name));
    let store = Arc::new(FileStore::open(&folder.0).unwrap());
    let source = r#"{% call cached("sidebar", lang, ttl="10m", tags=["posts"]) %}<nav>{{ run() }}</nav>{% endcall %}"#;
    let runs = Arc::new(Runs::new());
    let show = async |cache: &Cache| {
        let (mut env, counted) = (Environment::new(), runs.clone());
        cache_core::minijinja::add_to(&mut env);
        env.add_function("run", move || counted.run());
        let caches = Caches::new().with("default", cache.clone());
        let page = scope(caches, async {
            env.render_named_str("page.html", source, context! { lang => "en" })
        });
        within(page).await.unwrap()
    };
    let [here, there] = two(store);
    assert_eq!(show(&here).await, "<nav>1</nav>");
    assert_eq!(show(&there).await, "<nav>1</nav>");
    there.invalidate_tag("posts").await.unwrap();
    assert_eq!(show(&here).await, "<nav>2</nav>");
}
