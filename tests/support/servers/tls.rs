//! A certificate authority for a test, and its certificates.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};

use super::folder::Folder;
use super::{Server, ports, redis_with};

/// PEM files, removed on drop: those of an authority, of a server named `cache.test`, of a client, and of a node of a cluster, which
/// is both and is named `127.0.0.1`.
#[derive(Debug)]
pub struct Tls(Folder);

impl Default for Tls {
    fn default() -> Self {
        Self::new()
    }
}

impl Tls {
    /// A new authority.
    ///
    /// # Panics
    /// If the files cannot be written.
    pub fn new() -> Self {
        let tls = Self(Folder::new());
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, "authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let authority = CertifiedIssuer::self_signed(params, key()).expect("it is a certificate");
        tls.write("ca", &authority.pem());
        let (server, client) = (
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        );
        for (name, host, usages) in [
            ("server", "cache.test", vec![server.clone()]),
            ("client", "cache.test", vec![client.clone()]),
            ("node", "127.0.0.1", vec![server, client]),
        ] {
            let mut params = CertificateParams::new([host.to_owned()]).expect("it is a name");
            params.extended_key_usages = usages;
            let key = key();
            let certificate = params
                .signed_by(&key, &authority)
                .expect("it is a certificate");
            tls.write(name, &certificate.pem());
            tls.write(&format!("{name}-key"), &key.serialize_pem());
        }
        tls
    }

    /// Returns the path of a file: `ca`, `server`, `server-key`, `client`, `client-key`, `node` or `node-key`.
    pub fn file(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// Returns the options of an address that trust the authority and the server's name.
    pub fn options(&self) -> String {
        format!("tls_ca={}&tls_server_name=cache.test", self.file("ca"))
    }

    /// [`options`](Self::options), with the client's certificate.
    pub fn options_of_client(&self) -> String {
        format!("{}&{}", self.options(), self.client())
    }

    /// Returns the options of an address of a cluster, whose nodes are named by their hosts, for a client with a certificate.
    pub fn options_of_cluster(&self) -> String {
        format!("tls_ca={}&{}", self.file("ca"), self.client())
    }

    fn client(&self) -> String {
        let (cert, key) = (self.file("client"), self.file("client-key"));
        format!("tls_cert={cert}&tls_key={key}")
    }

    /// A Redis that speaks TLS on the port that is returned, to clients that have a certificate (`yes`) or all (`no`).
    ///
    /// # Panics
    /// When `redis-server` is not installed, or knows no TLS.
    pub fn redis(&self, clients: &str) -> (Server, u16) {
        let port = ports::free();
        let (text, files) = (port.to_string(), self.files_of("server"));
        let files = files.iter().map(String::as_str);
        let arguments = ["--tls-port", &text, "--tls-auth-clients", clients];
        let server = redis_with(&arguments.into_iter().chain(files).collect::<Vec<_>>());
        (server, port)
    }

    /// The arguments that name the files of a Redis.
    pub(super) fn files_of(&self, name: &str) -> [String; 6] {
        [
            "--tls-ca-cert-file".to_owned(),
            self.file("ca"),
            "--tls-cert-file".to_owned(),
            self.file(name),
            "--tls-key-file".to_owned(),
            self.file(&format!("{name}-key")),
        ]
    }

    /// A Memcached that speaks TLS on the port that is returned, to clients that have a certificate.
    ///
    /// # Panics
    /// When `memcached` is not installed, or knows no TLS.
    pub fn memcached(&self) -> (Server, u16) {
        let files = [
            ("chain_cert", "server"),
            ("key", "server-key"),
            ("ca_cert", "ca"),
        ];
        let files = files.map(|(option, name)| format!("ssl_{option}={}", self.file(name)));
        let options = format!("{},ssl_verify_mode=2", files.join(","));
        super::memcached::over_tls(&["-Z", "-o", &options])
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(format!("{name}.pem"))
    }

    /// Makes the files readable for servers, which run as another user if the tests run as root.
    fn write(&self, name: &str, pem: &str) {
        let path = self.path(name);
        std::fs::write(&path, pem).expect("the folder is ours");
        let readable = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(&path, readable).expect("the file is ours");
    }
}

fn key() -> KeyPair {
    KeyPair::generate().expect("there is randomness")
}
