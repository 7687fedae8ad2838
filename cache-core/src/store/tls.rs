//! TLS, as the options of an address set it up.

use std::io;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::address::{Address, Host};
use crate::error::{Error, Result};

/// How the servers of one address are spoken to over TLS.
pub(super) struct Tls {
    connector: TlsConnector,
    /// What the certificate must name, where that is not the host of the address.
    name: Option<ServerName<'static>>,
    #[cfg(feature = "redis")]
    pub(super) files: TlsFiles,
}

/// What the files of the options hold, in PEM.
pub(super) struct TlsFiles {
    pub(super) ca: Option<Vec<u8>>,
    /// The client's certificates, its own first, and their key.
    pub(super) client: Option<(Vec<u8>, Vec<u8>)>,
}

impl Tls {
    /// Takes the options of TLS out of an address, and reads the files that they name.
    ///
    /// # Errors
    ///
    /// If a file cannot be read or holds something else, or if there is such an option and `scheme` has no TLS.
    pub(super) fn take(address: &mut Address, is_on: bool) -> Result<Option<Self>> {
        let shown = address.shown();
        let fault = |text: String| Error::address(&shown, &text);
        let name = address.take("tls_server_name");
        let [ca, cert, key] =
            ["tls_ca", "tls_cert", "tls_key"].map(|name| (name, address.take(name)));
        if !is_on {
            let options = [("tls_server_name", name), ca, cert, key];
            let given = options.into_iter().find(|(_, value)| value.is_some());
            return match given {
                Some((name, _)) => Err(fault(format!(
                    "the option `{name}` needs a scheme with TLS, such as `rediss`"
                ))),
                None => Ok(None),
            };
        }
        let read = |(name, path): &(&str, Option<String>)| {
            let read = |path: &String| {
                std::fs::read(path).map_err(|error| fault(format!("`{name}={path}`: {error}")))
            };
            path.as_ref().map(read).transpose()
        };
        let client = match (read(&cert)?, read(&key)?) {
            (Some(cert), Some(key)) => Some((cert, key)),
            (None, None) => None,
            _ => return Err(fault("`tls_cert` and `tls_key` go together".into())),
        };
        let files = TlsFiles {
            ca: read(&ca)?,
            client,
        };
        let name = match name {
            Some(name) => Some(
                ServerName::try_from(name.clone())
                    .map_err(|_| fault(format!("`tls_server_name={name}`: not a host name")))?,
            ),
            None => None,
        };
        let config = config(&files).map_err(fault)?;
        Ok(Some(Self {
            connector: TlsConnector::from(Arc::new(config)),
            name,
            #[cfg(feature = "redis")]
            files,
        }))
    }

    /// Whether the certificate is to name something else than the host.
    #[cfg(feature = "redis")]
    pub(super) fn has_name(&self) -> bool {
        self.name.is_some()
    }

    /// Makes a connection an encrypted one.
    ///
    /// # Errors
    ///
    /// If the other side does not speak TLS, or is not who it should be.
    pub(super) async fn connect(
        &self,
        host: &Host,
        stream: TcpStream,
    ) -> io::Result<TlsStream<TcpStream>> {
        let name = match &self.name {
            Some(name) => name.clone(),
            None => ServerName::try_from(host.name.clone()).map_err(io::Error::other)?,
        };
        self.connector.connect(name, stream).await.map_err(|error| {
            let hint = if error.to_string().contains("UnknownIssuer") {
                " (`tls_ca` names the file of a private authority)"
            } else {
                ""
            };
            io::Error::new(
                error.kind(),
                format!("TLS handshake with {host}: {error}{hint}"),
            )
        })
    }
}

fn config(files: &TlsFiles) -> std::result::Result<ClientConfig, String> {
    let provider = match CryptoProvider::get_default() {
        Some(chosen) => chosen.clone(),
        None => Arc::new(ring::default_provider()),
    };
    let text = |error: rustls::Error| error.to_string();
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(text)?
        .with_root_certificates(roots(files.ca.as_deref())?);
    let Some((cert, key)) = &files.client else {
        return Ok(builder.with_no_client_auth());
    };
    let chain = certificates("tls_cert", cert)?;
    let key = PrivateKeyDer::from_pem_slice(key)
        .map_err(|error| format!("`tls_key`: no private key in PEM: {error}"))?;
    builder
        .with_client_auth_cert(chain, key)
        .map_err(|error| format!("`tls_cert` and `tls_key`: {error}"))
}

/// Those of a private authority alone, or the public ones.
fn roots(ca: Option<&[u8]>) -> std::result::Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    match ca {
        Some(pem) => {
            for certificate in certificates("tls_ca", pem)? {
                let added = roots.add(certificate);
                added.map_err(|error| format!("`tls_ca`: {error}"))?;
            }
        }
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    Ok(roots)
}

fn certificates(
    option: &str,
    pem: &[u8],
) -> std::result::Result<Vec<CertificateDer<'static>>, String> {
    let all = CertificateDer::pem_slice_iter(pem).collect::<std::result::Result<Vec<_>, _>>();
    let all = all.map_err(|error| format!("`{option}`: no certificates in PEM: {error}"))?;
    if all.is_empty() {
        return Err(format!("`{option}`: no certificates in PEM"));
    }
    Ok(all)
}
