//! The process of a server, and its child processes.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::folder::Folder;

/// A server that has not ended by then is killed.
const END: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(2);

/// A process that is killed on drop, with all its children.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
}

impl Process {
    /// Starts a command; its output replaces the file `log` of the folder.
    pub(super) fn start(command: &mut Command, folder: &Folder) -> Self {
        let log = File::create(folder.path().join("log")).expect("the folder is ours");
        let errors = log.try_clone().expect("a file has two handles");
        let child = command.stdout(log).stderr(errors).spawn();
        let child = child.unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
        folder.holds(Some(child.id()));
        Self { child }
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Returns when they are stopped: a running thread may still answer for a moment after the signal.
    pub(super) fn pause(&self) {
        let tree = self.tree();
        for &id in &tree {
            send(id, Signal::STOP);
        }
        let start = Instant::now();
        while !tree.iter().all(|&id| stands(id)) && start.elapsed() < END {
            std::thread::sleep(POLL);
        }
    }

    pub(super) fn go_on(&self) {
        self.tree()
            .into_iter()
            .for_each(|id| send(id, Signal::CONT));
    }

    /// Tells it to end, and kills it if it does not.
    pub(super) fn end(mut self, signal: Signal) {
        self.go_on();
        send(self.id(), signal);
        let start = Instant::now();
        while !self.has_ended() && start.elapsed() < END {
            std::thread::sleep(POLL);
        }
    }

    /// The process first, then its children: a stopped process starts no more.
    fn tree(&self) -> Vec<u32> {
        let mut tree = vec![self.id()];
        let mut next = 0;
        while let Some(&parent) = tree.get(next) {
            tree.extend(children(parent));
            next += 1;
        }
        tree
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.has_ended() {
            let tree = self.tree();
            for &id in &tree {
                send(id, Signal::KILL);
            }
            let _ = self.child.wait();
            // They may hold the port until the last one has ended.
            let start = Instant::now();
            while tree.iter().any(|&id| runs(id)) && start.elapsed() < END {
                std::thread::sleep(POLL);
            }
        }
    }
}

/// The children of a process, if the system lists them under `/proc`.
fn children(parent: u32) -> Vec<u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|&id| parent_of(id) == Some(parent)).collect()
}

fn parent_of(id: u32) -> Option<u32> {
    stat(id, 1)?.parse().ok()
}

/// Whether a process still runs.
fn runs(id: u32) -> bool {
    stat(id, 0).is_some_and(|state| state != "Z")
}

/// Whether every thread of a process is stopped, or has ended.
fn stands(id: u32) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{id}/task"));
    let mut threads = threads.into_iter().flatten().flatten();
    threads.all(|thread| {
        let state = field_of(&thread.path().join("stat"), 0);
        state.is_none_or(|state| matches!(&*state, "T" | "Z" | "X"))
    })
}

/// The status of a process: its state, then its parent.
fn stat(id: u32, field: usize) -> Option<String> {
    field_of(Path::new(&format!("/proc/{id}/stat")), field)
}

fn field_of(stat: &Path, field: usize) -> Option<String> {
    let stat = std::fs::read_to_string(stat).ok()?;
    // The name is in brackets and may contain anything, also brackets.
    let (_, after) = stat.rsplit_once(')')?;
    after.split_ascii_whitespace().nth(field).map(str::to_owned)
}

/// A process that has ended needs no signal.
fn send(id: u32, signal: Signal) {
    let id = i32::try_from(id).ok().and_then(Pid::from_raw);
    if let Some(id) = id {
        let _ = kill_process(id, signal);
    }
}
