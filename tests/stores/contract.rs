//! The tests that every SQL database must pass.

/// The tests of a module that has `place()`, which gives a database with a `url()`, and `rows(&place, table)`.
macro_rules! of_a_database {
    () => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn the_contract() {
            let place = place();
            cache_core::testing::conformance($crate::tables::store(&place.url()).await).await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn many_may_create_the_table_at_once() {
            let place = place();
            $crate::crowds::many_may_create_the_table_at_once(&place.url()).await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn of_all_who_try_at_once_one_writes() {
            let place = place();
            $crate::crowds::of_all_who_try_at_once_one_writes(&place.url()).await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn who_writes_the_same_rows_does_not_fail() {
            let place = place();
            $crate::crowds::who_writes_the_same_rows_does_not_fail(&place.url()).await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn all_concurrent_sets_are_served() {
            let place = place();
            $crate::many::all_concurrent_sets_are_served(&place.url()).await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn each_caller_has_its_own_answer() {
            let place = place();
            $crate::many::each_caller_has_its_own_answer(&place.url()).await;
        }

        #[tokio::test]
        async fn what_has_expired_is_swept_without_a_call() {
            let place = place();
            $crate::sweeps::what_has_expired_is_swept_without_a_call(&place.url(), || {
                rows(&place, "swept_alone")
            })
            .await;
        }

        #[tokio::test]
        async fn the_database_says_what_has_expired() {
            let place = place();
            $crate::tables::the_database_says_what_has_expired(&place.url()).await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn keys_and_values_of_all_sizes() {
            let place = place();
            $crate::tables::keys_and_values_of_all_sizes(&place.url()).await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn more_keys_than_a_statement_takes() {
            let place = place();
            $crate::tables::more_keys_than_a_statement_takes(&place.url()).await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn a_table_may_have_any_name() {
            let place = place();
            $crate::tables::a_table_may_have_any_name(&place.url()).await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn a_dropped_call_runs_to_its_end() {
            let place = place();
            $crate::tables::a_dropped_call_runs_to_its_end(&place.url()).await;
        }

        #[tokio::test]
        async fn writes_keep_the_bound() {
            let place = place();
            let rows = || rows(&place, "swept_by_writes");
            $crate::sweeps::writes_keep_the_bound(&place.url(), rows).await;
        }

        #[tokio::test]
        async fn a_sweep_removes_what_has_expired() {
            let place = place();
            $crate::sweeps::a_sweep_removes_what_has_expired(&place.url(), || {
                rows(&place, "swept")
            })
            .await;
        }

        #[tokio::test]
        async fn a_sweep_keeps_the_bound() {
            let place = place();
            $crate::sweeps::a_sweep_keeps_the_bound(&place.url(), || rows(&place, "bounded")).await;
        }
    };
}

pub(crate) use of_a_database;
