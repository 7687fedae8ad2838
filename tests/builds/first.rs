//! The first build of a program.

#[allow(dead_code, reason = "one build uses more of it than the other")]
mod program;

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::get;
use cache_core::{cache_page, cached, invalidate_tag, vary_on};

use self::program::{Admin, Member, RUNS, User};

type Visitor = Member;

fn build() -> String {
    RUNS.run();
    "first".to_owned()
}

/// The same in both builds.
#[cache_page(tags("all"))]
async fn about() -> String {
    build()
}

#[cache_page(guard(_admin), tags("all"))]
async fn statistics(_admin: Admin) -> String {
    build()
}

/// The name of its guard is the same in both builds, and its meaning is not.
#[cache_page(guard(_visitor), tags("all"))]
async fn members(_visitor: Visitor) -> String {
    build()
}

#[cache_page(key = "dash_{user.id}", tags("all"))]
async fn dashboard(user: User) -> String {
    let _ = user.id;
    build()
}

#[cache_page(tags("all"))]
#[vary_on(cookies = ["tenant"])]
async fn home(_headers: HeaderMap) -> String {
    build()
}

/// The same in both builds.
#[cached(key = "name_{user}", tags("all"))]
fn name(user: u32) -> String {
    let _ = user;
    build()
}

#[cached(key = "total_{user}", skip(team), tags("all"))]
fn total(user: u32, team: u32) -> String {
    let _ = (user, team);
    build()
}

#[cached(shared, skip(team), tags("all"))]
fn pair(user: u32, team: u32) -> String {
    let _ = (user, team);
    build()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> cache_core::Result<()> {
    if program::asked().await? {
        return invalidate_tag("all").await;
    }
    let router = Router::new()
        .route("/about", get(about))
        .route("/statistics", get(statistics))
        .route("/members", get(members))
        .route("/dashboard", get(dashboard))
        .route("/home", get(home));
    let paths = ["/about", "/statistics", "/members", "/dashboard", "/home"];
    program::print_pages(&router, &paths).await;
    program::print("name", async { name(7) }).await;
    program::print("total", async { total(7, 7) }).await;
    program::print("pair", async { pair(7, 7) }).await;
    Ok(())
}
