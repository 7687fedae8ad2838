//! The processes of the fleet: a Redis of its own, and copies of the blog that share it and one database.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

/// How long a process may take to start.
const START: Duration = Duration::from_secs(30);

/// A process that ends with this.
pub struct Process {
    child: Child,
    pub address: String,
}

impl Process {
    /// Kills it, as a crash would.
    pub async fn kill(&mut self) -> Result<(), String> {
        self.child.kill().await.map_err(|error| error.to_string())
    }
}

/// A port that is free now.
pub fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    Ok(listener.map_err(|error| error.to_string())?.port())
}

/// A Redis server that keeps nothing on the disk.
pub async fn redis(port: u16) -> Result<Process, String> {
    let mut command = Command::new("redis-server");
    command.args([
        "--port",
        &port.to_string(),
        "--save",
        "",
        "--bind",
        "127.0.0.1",
    ]);
    command.stdout(Stdio::null()).kill_on_drop(true);
    let child = command
        .spawn()
        .map_err(|error| format!("cannot start `redis-server`: {error}; is it installed?"))?;
    let address = format!("127.0.0.1:{port}");
    let answers = async {
        while TcpStream::connect(&address).await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(START, answers)
        .await
        .map_err(|_| "redis-server does not answer".to_owned())?;
    Ok(Process { child, address })
}

/// Builds the blog, and gives its program.
pub async fn build_blog() -> Result<PathBuf, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args([
        "build",
        "--quiet",
        "--example",
        "blog",
        "--features",
        "redis",
    ]);
    let here = std::env::current_exe().map_err(|error| error.to_string())?;
    if here.components().any(|part| part.as_os_str() == "release") {
        build.arg("--release");
    }
    let ended = build.current_dir(env!("CARGO_MANIFEST_DIR")).status().await;
    if !ended.is_ok_and(|status| status.success()) {
        return Err("cannot build the blog".to_owned());
    }
    Ok(here.with_file_name(format!("blog{}", std::env::consts::EXE_SUFFIX)))
}

/// A copy of the blog, once it says where it listens.
pub async fn blog(program: &Path, database: &Path, store: &str) -> Result<Process, String> {
    let mut command = Command::new(program);
    command
        .args(["--listen", "127.0.0.1:0", "--db"])
        .arg(database);
    command
        .env("CACHE_URL", store)
        .env_remove("CACHE_PAGES_URL");
    command.stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let printed = child.stderr.take().ok_or("the blog prints nothing")?;
    let mut lines = BufReader::new(printed).lines();
    let address = timeout(START, async {
        while let Ok(Some(line)) = lines.next_line().await {
            if let Some((_, rest)) = line.split_once("http://") {
                return rest.split('/').next().map(str::to_owned);
            }
        }
        None
    });
    let address = address.await.ok().flatten();
    let address = address.ok_or("the blog does not say where it listens")?;
    // Reads on, so that the blog does not block on a full pipe.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Ok(Process { child, address })
}
