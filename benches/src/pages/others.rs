//! The same page from other servers, each in a process of its own, of one worker: nginx with its `proxy_cache`, and Django with its
//! `cache_page` under gunicorn.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::SAMPLE;
use super::client::Client;
use super::server::{SIZE, Server};
use crate::contest::{Contender, Contest};

pub(crate) const TITLE: &str = "a page of 2 KB from other servers";

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(20);

/// The contest, if there is another server; and what is left out, with why.
pub(crate) fn contest() -> io::Result<(Option<Contest>, Vec<String>)> {
    let own = Rc::new(Server::start()?);
    let mut left_out = Vec::new();
    let mut found = Vec::new();
    for (name, start) in [
        (
            "nginx proxy_cache",
            nginx as fn(SocketAddr) -> io::Result<Other>,
        ),
        ("Django cache_page", django),
    ] {
        match start(own.address) {
            Ok(other) => found.push((name, other)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                left_out.push(format!("{name} ({error})"));
            }
            Err(error) => return Err(error),
        }
    }
    if found.is_empty() {
        return Ok((None, left_out));
    }
    let mut contenders = vec![
        contender(
            "static Bytes",
            own.address,
            "/static",
            None,
            Rc::clone(&own),
        )?,
        contender("#[cache_page]", own.address, "/cached", Some("; hit"), own)?,
    ];
    for (name, other) in found {
        let marker = Some("x-from: hit");
        contenders.push(contender(name, other.address, "/page", marker, other)?);
    }
    let contest = Contest {
        title: TITLE.to_owned(),
        rounds: 7,
        units: &["requests a second"],
        baselines: &["static Bytes"],
        contenders,
    };
    Ok((Some(contest), left_out))
}

/// `server` runs as long as the contender.
fn contender(
    name: &'static str,
    address: SocketAddr,
    path: &str,
    marker: Option<&str>,
    server: impl Sized + 'static,
) -> io::Result<Contender> {
    let request = Client::connect(address)?.check(path, marker, false)?;
    // Made when it is needed: servers close connections on which nothing comes for a while.
    let mut client = None;
    let sample = move || {
        let _up = &server;
        let connected = client.take().map_or_else(|| Client::connect(address), Ok);
        match connected.and_then(|connected| client.insert(connected).ask_for(&request, SAMPLE)) {
            Ok((answers, took)) => vec![f64::from(answers) / took.as_secs_f64()],
            Err(error) => panic!("the client lost {name}: {error}"),
        }
    };
    Ok(Contender {
        name,
        sample: Box::new(sample),
    })
}

/// A server in a process of its own; it ends with this.
struct Other {
    address: SocketAddr,
    process: Child,
    folder: PathBuf,
}

impl Drop for Other {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Other {
    /// Writes the file into a folder of its own, starts the command there, and waits for the server.
    fn start(
        name: &str,
        file: (&str, String),
        address: SocketAddr,
        command: impl FnOnce(&Path) -> Command,
    ) -> io::Result<Self> {
        let folder =
            std::env::temp_dir().join(format!("cache-benches-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join(file.0), file.1)?;
        let mut command = command(&folder);
        command.current_dir(&folder).stdin(Stdio::null());
        let process = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut other = Self {
            address,
            process,
            folder,
        };
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            if other.process.try_wait()?.is_some() || begun.elapsed() > PATIENCE {
                return Err(io::Error::other(format!("{name} does not start")));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(other)
    }
}

/// An address that is free now.
fn free() -> io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

fn has(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    let command = command
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn missing(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, format!("{what} is not installed"))
}

fn nginx(upstream: SocketAddr) -> io::Result<Other> {
    if !has("nginx", &["-v"]) {
        return Err(missing("`nginx`"));
    }
    let address = free()?;
    let configuration = format!(
        "daemon off;\nmaster_process off;\npid nginx.pid;\nerror_log error.log;\nevents {{}}\nhttp {{\n\
         access_log off;\nclient_body_temp_path body;\nproxy_temp_path proxy;\nfastcgi_temp_path fastcgi;\n\
         uwsgi_temp_path uwsgi;\nscgi_temp_path scgi;\nproxy_cache_path pages keys_zone=pages:1m;\n\
         server {{\nlisten {address};\nkeepalive_requests 1000000000;\n\
         location = /page {{\nproxy_pass http://{upstream}/static;\nproxy_cache pages;\nproxy_cache_valid 1h;\n\
         add_header x-from $upstream_cache_status;\n}}\n}}\n}}\n"
    );
    Other::start("nginx", ("nginx.conf", configuration), address, |folder| {
        let mut command = Command::new("nginx");
        command.arg("-e").arg(folder.join("error.log"));
        command.arg("-p").arg(folder).args(["-c", "nginx.conf"]);
        command
    })
}

fn django(_: SocketAddr) -> io::Result<Other> {
    if !has("python3", &["-c", "import django, gunicorn"]) {
        return Err(missing("a Python with `django` and `gunicorn`"));
    }
    let address = free()?;
    let site = format!(
        "from django.conf import settings\n\
         settings.configure(ALLOWED_HOSTS=['*'], ROOT_URLCONF=__name__, SECRET_KEY='x')\n\
         from django.core.wsgi import get_wsgi_application\n\
         from django.http import HttpResponse\n\
         from django.urls import path\n\
         from django.views.decorators.cache import cache_page\n\
         runs = 0\n\
         @cache_page(3600)\n\
         def page(request):\n\
         \x20   global runs\n\
         \x20   runs += 1\n\
         \x20   return HttpResponse('x' * {SIZE}, headers={{\n\
         \x20       'X-From': 'hit' if runs == 1 else 'view', 'Content-Length': '{SIZE}'}})\n\
         urlpatterns = [path('page', page)]\n\
         application = get_wsgi_application()\n"
    );
    Other::start("django", ("site_of_one_page.py", site), address, |_| {
        let mut command = Command::new("python3");
        command.args([
            "-m",
            "gunicorn",
            "--workers",
            "1",
            "--worker-class",
            "gthread",
        ]);
        command.args(["--threads", "8", "--keep-alive", "3600"]);
        command.args(["--bind", &address.to_string(), "site_of_one_page"]);
        command
    })
}
