//! A folder that is removed on drop, or at the latest when the test binary ends.

use std::os::unix::fs::{DirBuilderExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// Waits until the test binary ends, which closes its input, then ends the program in the folder and removes it. A line of input
/// means that there is nothing left to do. A program that leads a process group is ended with the group.
const SWEEPER: &str = r#"read -r _ && exit
[ -f "$1/pid" ] && { kill -s KILL -- "-$(cat "$1/pid")" || kill -s KILL "$(cat "$1/pid")"; }
rm -rf -- "$1" || { sleep 1; rm -rf -- "$1"; }"#;

#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    sweeper: Child,
}

impl Folder {
    pub(super) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let path = loop {
            let next = NEXT.fetch_add(1, Ordering::Relaxed);
            // The path is short, because that of a Unix socket must fit about a hundred bytes.
            let path = PathBuf::from(format!("/tmp/cache-{}-{next}", std::process::id()));
            match std::fs::DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => break path,
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => panic!("cannot create {}: {error}", path.display()),
            }
        };
        if let Some((user, group)) = account() {
            chown(&path, Some(user), Some(group)).expect("root gives folders away");
        }
        let mut sweeper = Command::new("sh");
        sweeper.args(["-c", SWEEPER, "sweeper"]).arg(&path);
        // Ctrl-C, which ends the test binary, must not reach it.
        sweeper.process_group(0).stdin(Stdio::piped());
        sweeper.stdout(Stdio::null()).stderr(Stdio::null());
        let sweeper = sweeper.spawn().expect("there is a shell");
        Self { path, sweeper }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A command for a program in this folder, as the user that owns it.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.path).env("HOME", &self.path);
        command.stdin(Stdio::null());
        if let Some((user, group)) = account() {
            command.uid(user).gid(group);
        }
        command
    }

    /// Copies this entry of another folder.
    pub(super) fn copy(&self, from: &Self, name: &str) {
        let mut command = self.command(Path::new("cp"));
        run(command.arg("-R").arg(from.path.join(name)).arg(name));
    }

    /// Sets the process to be ended if the test binary cannot do it; `None` once it has.
    pub(super) fn holds(&self, process: Option<u32>) {
        let file = self.path.join("pid");
        let noted = match process {
            Some(id) => std::fs::write(file, id.to_string()),
            None => std::fs::remove_file(file),
        };
        noted.expect("the folder is ours");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        use std::io::Write;
        // The last processes of a server may still be writing; the sweeper removes what they leave.
        if std::fs::remove_dir_all(&self.path).is_ok()
            && let Some(input) = &mut self.sweeper.stdin
        {
            let _ = input.write_all(b"\n");
        }
        drop(self.sweeper.stdin.take());
        let _ = self.sweeper.wait();
    }
}

/// The user and the group of servers if the tests run as root, which servers refuse.
fn account() -> Option<(u32, u32)> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").expect("there is a list of users");
    let nobody = users.lines().find(|line| line.starts_with("nobody:"));
    let fields: Vec<&str> = nobody.unwrap_or_default().split(':').collect();
    match fields[..] {
        [_, _, user, group, ..] => Some((user.parse().ok()?, group.parse().ok()?)),
        _ => panic!("servers do not run as root, and there is no user `nobody`"),
    }
}

/// Runs a command to its end.
pub(super) fn run(command: &mut Command) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} fails:\n{said}");
}
