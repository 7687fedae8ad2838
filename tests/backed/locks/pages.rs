//! Pages: one process renders.

use axum::Router;
use axum::http::StatusCode;
use cache_core::testing::Clock;
use cache_core::{WithCaches, cache_page, drain};

use super::{SECOND, pass, turned};
use crate::http::{get, site};
use crate::support::{Gate, Process, Runs, until};

fn app<T: 'static>(process: &Process, page: impl axum::handler::Handler<T, ()>) -> Router {
    site(page).layer(WithCaches::new(process.caches()))
}

#[tokio::test]
async fn a_page_is_rendered_by_one_process_and_sent_by_all() {
    static RUNS: Runs = Runs::new();
    static GATE: Gate = Gate::closed();

    #[cache_page(ttl = "1h", lock = distributed)]
    async fn page() -> String {
        let run = RUNS.run();
        GATE.pass().await;
        format!("run {run}")
    }

    for copies in [0, 100] {
        let clock = Clock::freeze();
        let before = RUNS.count();
        let apps = Process::several::<3>(copies).map(|process| app(&process, page));
        let clients = apps.map(|app| tokio::spawn(async move { get(&app, "/").await }));
        until(|| RUNS.count() == before + 1).await;
        pass(&clock, SECOND).await;
        assert_eq!(RUNS.count(), before + 1);
        GATE.let_go(1);
        for client in clients {
            let answer = turned(&clock, client).await.0.unwrap();
            assert_eq!(answer.body, format!("run {}", before + 1));
            assert!(
                answer.is_hit() || answer.cache().ends_with("stored"),
                "{answer:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_page_that_is_not_kept_makes_nobody_queue() {
    static RUNS: Runs = Runs::new();
    static GATE: Gate = Gate::closed();

    #[cache_page(ttl = "1h", lock = distributed)]
    async fn page() -> (StatusCode, &'static str) {
        RUNS.run();
        GATE.pass().await;
        (StatusCode::SERVICE_UNAVAILABLE, "broken")
    }

    let clock = Clock::freeze();
    let apps = Process::several::<3>(0).map(|process| app(&process, page));
    let clients = apps.map(|app| tokio::spawn(async move { get(&app, "/").await }));
    until(|| RUNS.count() == 1).await;
    GATE.let_go(1);
    pass(&clock, SECOND / 2).await;
    until(|| RUNS.count() == 3).await;
    GATE.let_go(2);
    for client in clients {
        let answer = turned(&clock, client).await.0.unwrap();
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    }
}

#[tokio::test]
async fn a_client_that_waits_for_another_process_gets_its_stale_page_in_time() {
    static RUNS: Runs = Runs::new();
    static GATE: Gate = Gate::closed();

    #[cache_page(ttl = "1h", lock = distributed, soft_timeout = "1s", hard_timeout = "3s", stale_if_error = "6h")]
    async fn page() -> String {
        let run = RUNS.run();
        GATE.pass().await;
        format!("run {run}")
    }

    let clock = Clock::freeze();
    let [first, second] = Process::several(0).map(|process| app(&process, page));
    let renders = first.clone();
    let renders = tokio::spawn(async move { get(&renders, "/").await });
    until(|| RUNS.count() == 1).await;
    let (gave_up, waited) = turned(&clock, get(&second, "/")).await;
    assert_eq!(gave_up.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!((3 * SECOND..4 * SECOND).contains(&waited), "{waited:?}");
    GATE.let_go(1);
    drop(turned(&clock, renders).await);
    assert!(turned(&clock, drain(60 * SECOND)).await.0);
    assert_eq!(turned(&clock, get(&second, "/")).await.0.body, "run 1");

    clock.advance(3_700 * SECOND);
    let renders = tokio::spawn(async move { get(&first, "/").await });
    until(|| RUNS.count() == 2).await;
    let (stale, waited) = turned(&clock, get(&second, "/")).await;
    assert_eq!(stale.body, "run 1");
    assert!((SECOND..2 * SECOND).contains(&waited), "{waited:?}");
    GATE.let_go(1);
    drop(turned(&clock, renders).await);
    assert!(turned(&clock, drain(60 * SECOND)).await.0);
    assert_eq!(turned(&clock, get(&second, "/")).await.0.body, "run 2");
    assert_eq!(RUNS.count(), 2);
}
