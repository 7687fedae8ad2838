//! A layer in front of a whole site whose service fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::Request;
use axum::response::IntoResponse;
use cache_core::CachePageLayer;
use tower::{Layer, ServiceExt, service_fn};

use crate::support::request;

#[tokio::test]
async fn a_service_that_fails_fails_each_request_and_is_asked_again() {
    let calls = Arc::new(AtomicU64::new(0));
    let counted = calls.clone();
    let service = service_fn(move |_: Request| {
        let call = counted.fetch_add(1, Ordering::SeqCst);
        async move {
            if call == 0 {
                Err("broken")
            } else {
                Ok("works".into_response())
            }
        }
    });
    let service = CachePageLayer::new(60).layer(service);
    let asked = || request("GET", "/", &[("host", "a")]);
    assert_eq!(
        service.clone().oneshot(asked()).await.unwrap_err(),
        "broken"
    );
    for _ in 0..2 {
        assert!(service.clone().oneshot(asked()).await.is_ok());
    }
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_service_that_fails_does_not_queue_those_who_wait() {
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let (asked, opened) = (Arc::new(AtomicU64::new(0)), gate.clone());
    let counted = asked.clone();
    let service = service_fn(move |_: Request| {
        let (gate, counted) = (gate.clone(), counted.clone());
        async move {
            counted.fetch_add(1, Ordering::SeqCst);
            let _permit = gate.acquire().await;
            Err::<axum::response::Response, _>("broken")
        }
    });
    let service = CachePageLayer::new(60).layer(service);
    let clients: Vec<_> = (0..20)
        .map(|_| {
            let asked = request("GET", "/", &[("host", "a")]);
            tokio::spawn(service.clone().oneshot(asked))
        })
        .collect();
    while asked.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    opened.add_permits(2);
    // The first has failed, and one more; all others ask side by side.
    while asked.load(Ordering::SeqCst) < 20 {
        tokio::task::yield_now().await;
    }
    opened.add_permits(20);
    for client in clients {
        assert_eq!(client.await.unwrap().unwrap_err(), "broken");
    }
}
