//! ChromeDriver, through which tests use Chromium.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use rustix::process::Signal;

use super::{Kind, Place, Server, programs};

static CHROMEDRIVER: Kind = Kind {
    name: "chromedriver",
    url: |port| format!("http://127.0.0.1:{port}"),
    prepare: |_| {},
    command,
    answers,
    end: Signal::KILL,
};

/// A ChromeDriver without sessions.
///
/// # Panics
/// When `chromedriver` is not installed or does not start.
pub(crate) fn chromedriver() -> Server {
    Server::start(&CHROMEDRIVER, &[])
}

/// The browser that it starts.
///
/// # Panics
/// When none is installed.
pub(crate) fn chromium() -> PathBuf {
    let program = programs::find(&["chromium", "chromium-browser", "google-chrome"]);
    program.expect("chromium is not installed")
}

fn command(place: &Place) -> Command {
    let program = programs::find(&["chromedriver"]).expect("chromedriver is not installed");
    let mut command = place.folder.command(&program);
    command.arg(format!("--port={}", place.port));
    // A group with Chromium, which is ended with it if the test binary is killed.
    command.process_group(0);
    // What it and Chromium write elsewhere would stay when they are killed.
    command.env("TMPDIR", place.folder.path());
    for name in ["XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"] {
        command.env_remove(name);
    }
    // Pages show the same times and words on every machine.
    command.env("TZ", "UTC").env("LANGUAGE", "en");
    command
}

/// It ends if another server has the port.
fn answers(place: &Place, _: u32) -> bool {
    place.log().contains("started successfully") && place.is_open()
}
