//! Several processes that share a folder, and processes with restrictions, for tests of errors.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cache_core::store::{Put, Token, When, Written, token_of};
use cache_core::{FileStore, Store};

use super::{Scratch, files, get, put, put_for};

const PART: &str = "CACHE_TESTS_FILE_PART";
const FOLDER: &str = "CACHE_TESTS_FILE_FOLDER";

/// This test binary as another process, which plays a part.
pub(super) struct Child(Command);

impl Child {
    pub(super) fn new(part: &str, folder: &Path) -> Self {
        Self::by(Command::new(std::env::current_exe().unwrap()), part, folder)
    }

    fn by(mut command: Command, part: &str, folder: &Path) -> Self {
        command
            .args(["file::processes::in_a_process_of_its_own", "--exact"])
            .arg("--nocapture")
            .env(PART, part)
            .env(FOLDER, folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self(command)
    }

    /// Runs a shell command first.
    pub(super) fn under(self, before: &str) -> Self {
        let variable = |name| {
            let set = self.0.get_envs().find(|(set, _)| *set == name);
            set.and_then(|(_, value)| value).unwrap().to_owned()
        };
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{before}; exec \"$0\" \"$@\"")]);
        shell.arg(self.0.get_program());
        let part = variable(PART);
        Self::by(shell, part.to_str().unwrap(), Path::new(&variable(FOLDER)))
    }

    /// Its mounts end with it. A user that is not root becomes root in a user namespace.
    pub(super) fn with_mounts_of_its_own(self) -> Self {
        let variables: Vec<_> = self
            .0
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect();
        let mut command = Command::new("unshare");
        command.args(
            ["--user", "--map-root-user"]
                .iter()
                .filter(|_| !rustix::process::geteuid().is_root()),
        );
        command
            .arg("--mount")
            .arg("--")
            .arg(self.0.get_program())
            .args(self.0.get_args());
        command
            .envs(variables)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self(command)
    }

    /// As a user that owns nothing, if the tests run as root.
    pub(super) fn of_nobody(mut self) -> Self {
        if rustix::process::geteuid().is_root() {
            self.0.uid(65_534).gid(65_534);
        }
        self
    }

    fn start(mut self) -> std::process::Child {
        self.0.spawn().unwrap()
    }

    pub(super) fn run(self) {
        ended_well(self.start());
    }
}

fn ended_well(child: std::process::Child) {
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{said}");
}

/// Plays the part that another test gives it; alone it fills a folder.
#[tokio::test]
async fn in_a_process_of_its_own() {
    let own = Scratch::new();
    let folder = std::env::var_os(FOLDER).map_or_else(|| own.cache(), PathBuf::from);
    let store = FileStore::open(&folder).unwrap();
    match std::env::var(PART).as_deref().unwrap_or("fill") {
        "fill" => {
            put(&store, "key", b"value").await;
            assert_eq!(get(&store, "key").await.unwrap(), b"value");
        }
        "count" => count(&store, 0).await,
        "read-only" => read_only(&store, &folder).await,
        "full" => full(&store, &folder).await,
        "small-disk" => super::full::small_disk(&store).await,
        "leaves-room" => super::full::leaves_room(&store, &folder).await,
        "cleared" => super::full::cleared(store).await,
        "filled-by-others" => super::full::filled_by_others(&store, &folder).await,
        "database" => super::full::database(&folder).await,
        "crowd" => super::full::crowd(&store).await,
        other => panic!("there is no part `{other}`"),
    }
}

const STEPS: u64 = 100;

/// Counts up, each time over the token that was read. `who` is unique in the process, so that no two values have the same token.
async fn count(store: &FileStore, who: u64) {
    for step in 0..STEPS {
        loop {
            let value = get(store, "counter").await.unwrap();
            let (token, count) = value.split_at(Token::LENGTH);
            let count = u64::from_le_bytes(count.try_into().unwrap()) + 1;
            let own = [std::process::id().into(), who * STEPS + step, count].map(u64::to_le_bytes);
            let put = Put {
                key: b"counter",
                value: own.as_flattened(),
                ttl: None,
                when: When::Is(token_of(token).unwrap()),
            };
            if store.put(&[put]).await.unwrap() == [Written::Yes] {
                break;
            }
        }
    }
}

#[tokio::test]
async fn no_step_of_any_process_is_lost() {
    let scratch = Scratch::new();
    let store = scratch.store();
    put(&store, "counter", &[0; Token::LENGTH + 8]).await;
    let children: Vec<_> = (0..3)
        .map(|_| Child::new("count", &scratch.cache()).start())
        .collect();
    // And two stores in one process.
    let other = scratch.store();
    tokio::join!(count(&store, 0), count(&other, 1));
    children.into_iter().for_each(ended_well);
    let value = get(&store, "counter").await.unwrap();
    let count = u64::from_le_bytes(value[Token::LENGTH..].try_into().unwrap());
    assert_eq!(count, 5 * STEPS);
}

async fn read_only(store: &FileStore, folder: &Path) {
    put(store, "key", b"value").await;
    let entries = files(folder);
    let entry = entries
        .iter()
        .find(|file| file.file_name().unwrap().len() == 32);
    let shard = entry.unwrap().parent().unwrap();
    let mode = |mode| fs::set_permissions(shard, Permissions::from_mode(mode)).unwrap();
    mode(0o500);
    let new = Put {
        key: b"key",
        value: b"new",
        ttl: None,
        when: When::Always,
    };
    assert!(store.put(&[new]).await.unwrap_err().is_store());
    assert!(store.delete(&[b"key"]).await.unwrap_err().is_store());
    assert_eq!(get(store, "key").await.unwrap(), b"value");
    mode(0o700);
    assert_eq!(store.put(&[new]).await.unwrap(), [Written::Yes]);
}

/// The file size limit of this process simulates a full disk.
async fn full(store: &FileStore, folder: &Path) {
    put(store, "key", b"value").await;
    let written = put_for(store, "key", &vec![7; 1 << 20], None).await;
    assert_eq!(written, Written::TooLarge);
    assert_eq!(get(store, "key").await.unwrap(), b"value");
    let names: Vec<_> = files(folder);
    assert_eq!(
        names.len(),
        3,
        "an entry, a lock and what is held: {names:?}"
    );
    store.delete(&[b"key"]).await.unwrap();
    assert_eq!(get(store, "key").await, None);
}

#[test]
fn a_full_disk_is_too_large_and_leaves_nothing_behind() {
    let scratch = Scratch::new();
    Child::new("full", &scratch.cache())
        .under("trap '' XFSZ; ulimit -f 64")
        .run();
}
