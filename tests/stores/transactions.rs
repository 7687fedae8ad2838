//! Invalidations that are sent after the commit of a transaction of `sqlx`.

mod sqlite {
    use cache_core::Cache;
    use sqlx::{Connection, Sqlite, SqliteConnection, Transaction};

    async fn database() -> SqliteConnection {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        sqlx::query("CREATE TABLE posts (title TEXT)")
            .execute(&mut connection)
            .await
            .unwrap();
        connection
    }

    async fn posts(connection: &mut SqliteConnection) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM posts")
            .fetch_one(connection)
            .await
            .unwrap()
    }

    async fn with_a_post(connection: &mut SqliteConnection) -> Transaction<'_, Sqlite> {
        let mut transaction = connection.begin().await.unwrap();
        sqlx::query("INSERT INTO posts VALUES ('new')")
            .execute(&mut *transaction)
            .await
            .unwrap();
        transaction
    }

    async fn kept() -> Cache {
        let cache = Cache::memory(10);
        let entry = cache.entry("posts").tags(["posts"]);
        assert!(entry.set(&0_i64).await.unwrap());
        cache
    }

    #[tokio::test]
    async fn a_commit_comes_first_and_sends_them() {
        let (mut connection, cache) = (database().await, kept().await);
        let mut batch = cache.batch();
        batch.tag("posts");
        let transaction = with_a_post(&mut connection).await;
        assert!(cache.contains("posts").await.unwrap(), "before the commit");
        batch.commit_with(transaction).await.unwrap();
        assert!(!cache.contains("posts").await.unwrap());
        assert_eq!(posts(&mut connection).await, 1);
    }

    #[tokio::test]
    async fn a_rollback_sends_nothing() {
        let (mut connection, cache) = (database().await, kept().await);
        let mut batch = cache.batch();
        batch.tag("posts");
        let transaction = with_a_post(&mut connection).await;
        transaction.rollback().await.unwrap();
        drop(batch);
        assert!(cache.contains("posts").await.unwrap());
        assert_eq!(posts(&mut connection).await, 0);
    }
}
